//! Applies the marks of known secrets to every text of a transcript that somebody else may have written.
//!
//! Structures are taken apart without `..`, so that a new member is not forgotten here.

use super::redact::Redactor;
use super::{
    AuthorizationEntry, CallbackEntry, DiagnosisEntry, ExchangeEntry, FailureEntry, LeftBehind, Options,
    RefusalEntry, RequestEntry, ResponseEntry, StepEntry, Stop, Transcript, VerdictEntry,
};
use crate::document::{NotAnObject, Unusable};
use crate::exchange::{LoginFailure, TransportFailure};
use crate::flow::{Attempt, StuckReason};

/// What holds texts of others.
pub(super) trait Mask {
    /// Replaces the known secrets in it.
    fn mask(&mut self, redactor: &Redactor);
}

impl Mask for String {
    fn mask(&mut self, redactor: &Redactor) {
        if let Some(masked) = redactor.masked(self) {
            *self = masked;
        }
    }
}

impl<T: Mask> Mask for Option<T> {
    fn mask(&mut self, redactor: &Redactor) {
        if let Some(some) = self {
            some.mask(redactor);
        }
    }
}

impl<T: Mask> Mask for Vec<T> {
    fn mask(&mut self, redactor: &Redactor) {
        for one in self {
            one.mask(redactor);
        }
    }
}

impl<A: Mask, B: Mask> Mask for (A, B) {
    fn mask(&mut self, redactor: &Redactor) {
        self.0.mask(redactor);
        self.1.mask(redactor);
    }
}

impl Mask for Transcript {
    fn mask(&mut self, redactor: &Redactor) {
        let Self {
            gatewalk: _,
            schema: _,
            title,
            target,
            scenario: _,
            protocol_version: _,
            registration: _,
            started: _,
            duration_ms: _,
            options,
            summary: _,
            steps,
            // Masked one by one when they are made.
            exchanges: _,
            authorizations,
            callbacks,
            verdicts,
            baseline: _,
            diagnoses,
            refusals,
            left_behind,
            tokens: _,
            edited: _,
            revealed: _,
            replayed: _,
        } = self;
        title.mask(redactor);
        target.mask(redactor);
        options.mask(redactor);
        steps.mask(redactor);
        authorizations.mask(redactor);
        callbacks.mask(redactor);
        verdicts.mask(redactor);
        diagnoses.mask(redactor);
        refusals.mask(redactor);
        left_behind.mask(redactor);
    }
}

impl Mask for Options {
    fn mask(&mut self, redactor: &Redactor) {
        let Self {
            consent: _,
            past_refusals: _,
            until: _,
            probes: _,
            allow: _,
            timeout_ms: _,
            body_limit: _,
            fail_on: _,
            parties: _,
            client_id,
            confidential: _,
            grant: _,
            issuer,
            headers: _,
            parameters,
            scope,
            resource,
        } = self;
        client_id.mask(redactor);
        issuer.mask(redactor);
        parameters.mask(redactor);
        scope.mask(redactor);
        resource.mask(redactor);
    }
}

impl Mask for StepEntry {
    fn mask(&mut self, redactor: &Redactor) {
        let Self { step: _, state: _, because, stop, cause: _, remedy: _, exchanges: _, duration_ms: _ } =
            self;
        because.mask(redactor);
        stop.mask(redactor);
    }
}

impl Mask for Stop {
    fn mask(&mut self, redactor: &Redactor) {
        match self {
            Self::Stuck(because) => because.mask(redactor),
            Self::Refused(_) | Self::Interrupted => {}
        }
    }
}

impl Mask for StuckReason {
    fn mask(&mut self, redactor: &Redactor) {
        match self {
            Self::TargetSilent(attempt) => attempt.mask(redactor),
            Self::NoServerMetadata(attempts) => attempts.mask(redactor),
            Self::NoEndpoint(_, found) => found.mask(redactor),
            Self::BadIssuer(text)
            | Self::ClientOfAnotherServer(text)
            | Self::NotRegistered(text)
            | Self::AuthorizationError(text)
            | Self::NoAssertion(text)
            | Self::NoToken(text)
            | Self::NoSession(text) => text.mask(redactor),
            Self::NotRedirected(LoginFailure { detail, remedy })
            | Self::Unspecified { why: detail, remedy } => {
                detail.mask(redactor);
                remedy.mask(redactor);
            }
            Self::TokenRefused(_, error) => error.mask(redactor),
            Self::NothingProtected
            | Self::NoRegistrationEndpoint
            | Self::NoMetadataDocuments
            | Self::NoCode
            | Self::Interrupted => {}
        }
    }
}

impl Mask for Attempt {
    fn mask(&mut self, redactor: &Redactor) {
        let Self { url, why } = self;
        url.mask(redactor);
        why.mask(redactor);
    }
}

impl Mask for Unusable {
    fn mask(&mut self, redactor: &Redactor) {
        match self {
            Self::NoResponse(TransportFailure { kind: _, detail: text })
            | Self::Redirect(_, text)
            | Self::NotAnObject(NotAnObject::Syntax(text)) => text.mask(redactor),
            Self::Status(_)
            | Self::Html
            | Self::Cut
            | Self::NotAnObject(NotAnObject::Other(_))
            | Self::NotRpc => {}
        }
    }
}

impl Mask for ExchangeEntry {
    fn mask(&mut self, redactor: &Redactor) {
        let Self {
            id: _,
            step: _,
            purpose: _,
            probe: _,
            party: _,
            edited: _,
            request,
            response,
            failure,
            timing_ms: _,
        } = self;
        request.mask(redactor);
        response.mask(redactor);
        failure.mask(redactor);
    }
}

impl Mask for RequestEntry {
    fn mask(&mut self, redactor: &Redactor) {
        let Self { method: _, url, headers, body, body_encoding: _ } = self;
        url.mask(redactor);
        headers.mask(redactor);
        body.mask(redactor);
    }
}

impl Mask for ResponseEntry {
    fn mask(&mut self, redactor: &Redactor) {
        let Self {
            status: _,
            reason,
            version: _,
            headers,
            body,
            body_encoding: _,
            body_bytes: _,
            truncated: _,
            cut: _,
        } = self;
        reason.mask(redactor);
        headers.mask(redactor);
        body.mask(redactor);
    }
}

impl Mask for FailureEntry {
    fn mask(&mut self, redactor: &Redactor) {
        let Self { kind: _, detail } = self;
        detail.mask(redactor);
    }
}

impl Mask for AuthorizationEntry {
    fn mask(&mut self, redactor: &Redactor) {
        let Self { step: _, url, redirect_uri: _, edited: _ } = self;
        url.mask(redactor);
    }
}

impl Mask for CallbackEntry {
    fn mask(&mut self, redactor: &Redactor) {
        let Self { id: _, step: _, query } = self;
        query.mask(redactor);
    }
}

impl Mask for VerdictEntry {
    fn mask(&mut self, redactor: &Redactor) {
        let Self {
            check: _,
            step: _,
            party: _,
            source: _,
            level: _,
            verdict: _,
            message,
            because,
            not_sent: _,
            expected,
            found,
            exchange: _,
            at,
            cites: _,
            cause: _,
            remedy: _,
            counts: _,
            excused: _,
        } = self;
        message.mask(redactor);
        because.mask(redactor);
        expected.mask(redactor);
        found.mask(redactor);
        at.mask(redactor);
    }
}

impl Mask for DiagnosisEntry {
    fn mask(&mut self, redactor: &Redactor) {
        // All but the cause is gatewalk's own text, in which no peer has a say.
        self.cause.mask(redactor);
    }
}

impl Mask for RefusalEntry {
    fn mask(&mut self, redactor: &Redactor) {
        let Self { check: _, step: _, message, expected, found, overruled: _ } = self;
        message.mask(redactor);
        expected.mask(redactor);
        found.mask(redactor);
    }
}

impl Mask for LeftBehind {
    fn mask(&mut self, redactor: &Redactor) {
        let Self { issuer, client_id, because } = self;
        issuer.mask(redactor);
        client_id.mask(redactor);
        because.mask(redactor);
    }
}

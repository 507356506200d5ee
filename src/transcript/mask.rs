//! Applies the marks of known secrets to every text of a transcript that somebody else may have written.
//!
//! Structures are taken apart without `..`, so that a new member is not forgotten here.

use super::redact::Marks;
use super::{
    AuthorizationEntry, CallbackEntry, DiagnosisEntry, ExchangeEntry, FailureEntry, LeftBehind, Options,
    RefusalEntry, RequestEntry, ResponseEntry, StepEntry, Transcript, VerdictEntry,
};

/// What holds texts of others.
pub(super) trait Mask {
    /// Replaces the known secrets in it.
    fn mask(&mut self, marks: &Marks);
}

impl Mask for String {
    fn mask(&mut self, marks: &Marks) {
        if let Some(masked) = marks.masked(self) {
            *self = masked;
        }
    }
}

impl<T: Mask> Mask for Option<T> {
    fn mask(&mut self, marks: &Marks) {
        if let Some(some) = self {
            some.mask(marks);
        }
    }
}

impl<T: Mask> Mask for Vec<T> {
    fn mask(&mut self, marks: &Marks) {
        for one in self {
            one.mask(marks);
        }
    }
}

impl<A: Mask, B: Mask> Mask for (A, B) {
    fn mask(&mut self, marks: &Marks) {
        self.0.mask(marks);
        self.1.mask(marks);
    }
}

impl Mask for Transcript {
    fn mask(&mut self, marks: &Marks) {
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
        title.mask(marks);
        target.mask(marks);
        options.mask(marks);
        steps.mask(marks);
        authorizations.mask(marks);
        callbacks.mask(marks);
        verdicts.mask(marks);
        diagnoses.mask(marks);
        refusals.mask(marks);
        left_behind.mask(marks);
    }
}

impl Mask for Options {
    fn mask(&mut self, marks: &Marks) {
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
        client_id.mask(marks);
        issuer.mask(marks);
        parameters.mask(marks);
        scope.mask(marks);
        resource.mask(marks);
    }
}

impl Mask for StepEntry {
    fn mask(&mut self, marks: &Marks) {
        let Self { step: _, state: _, because, cause: _, remedy: _, exchanges: _, duration_ms: _ } = self;
        because.mask(marks);
    }
}

impl Mask for ExchangeEntry {
    fn mask(&mut self, marks: &Marks) {
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
        request.mask(marks);
        response.mask(marks);
        failure.mask(marks);
    }
}

impl Mask for RequestEntry {
    fn mask(&mut self, marks: &Marks) {
        let Self { method: _, url, headers, body, body_encoding: _ } = self;
        url.mask(marks);
        headers.mask(marks);
        body.mask(marks);
    }
}

impl Mask for ResponseEntry {
    fn mask(&mut self, marks: &Marks) {
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
        reason.mask(marks);
        headers.mask(marks);
        body.mask(marks);
    }
}

impl Mask for FailureEntry {
    fn mask(&mut self, marks: &Marks) {
        let Self { kind: _, detail } = self;
        detail.mask(marks);
    }
}

impl Mask for AuthorizationEntry {
    fn mask(&mut self, marks: &Marks) {
        let Self { step: _, url, redirect_uri: _, edited: _ } = self;
        url.mask(marks);
    }
}

impl Mask for CallbackEntry {
    fn mask(&mut self, marks: &Marks) {
        let Self { id: _, step: _, query } = self;
        query.mask(marks);
    }
}

impl Mask for VerdictEntry {
    fn mask(&mut self, marks: &Marks) {
        let Self {
            check: _,
            step: _,
            party: _,
            source: _,
            level: _,
            verdict: _,
            message,
            because,
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
        message.mask(marks);
        because.mask(marks);
        expected.mask(marks);
        found.mask(marks);
        at.mask(marks);
    }
}

impl Mask for DiagnosisEntry {
    fn mask(&mut self, marks: &Marks) {
        // All but the cause is gatewalk's own text, in which no peer has a say.
        self.cause.mask(marks);
    }
}

impl Mask for RefusalEntry {
    fn mask(&mut self, marks: &Marks) {
        let Self { check: _, step: _, message, overruled: _ } = self;
        message.mask(marks);
    }
}

impl Mask for LeftBehind {
    fn mask(&mut self, marks: &Marks) {
        let Self { issuer, client_id, because } = self;
        issuer.mask(marks);
        client_id.mask(marks);
        because.mask(marks);
    }
}

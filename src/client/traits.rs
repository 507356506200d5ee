//! What tells one client from another, a step at a time. Each trait is a closed list of behaviours; what nobody has read
//! of a client is `Unknown`.

use crate::document::identifier::{Identifier, differ_by_slash};

/// One list of behaviours, so that each is one line; `Unknown` is in all of them.
macro_rules! behaviours {
    ($(#[$doc:meta] $name:ident { $($variant:ident $words:literal)* })*) => {$(
        #[$doc]
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $(#[doc = $words] $variant,)*
            /// Nobody has read it.
            Unknown,
        }

        impl $name {
            /// What the client does, in a few words.
            pub const fn words(self) -> &'static str {
                match self { $(Self::$variant => $words,)* Self::Unknown => "not known" }
            }
        }
    )*};
}

behaviours! {
    /// A behaviour that is there or not.
    Answer { Yes "yes" No "no" }
    /// What makes it log in.
    LoginOn {
        Unauthorized "401"
        InsufficientScope "401, or 403 with insufficient_scope"
        Forbidden "401 or 403"
        Challenged "401 with a challenge"
        Button "a person, before anything is sent"
        NoOAuth "nothing: it has no OAuth"
    }
    /// How it reads `WWW-Authenticate`.
    ChallengeReading {
        BearerFirst "only a field that begins with Bearer and goes on"
        BearerOrDpopFirst "only a field that begins with Bearer or DPoP and goes on"
        QuotedBearerFirst "only a field that begins with Bearer, and in it only quoted values"
        Searched "it looks for the parameters anywhere in the text"
        BearerDemanded "it demands a Bearer challenge, and cuts at every comma"
        Strict "by the grammar; a syntax error ends it"
        CapitalBearer "all challenges, if the scheme is spelled Bearer"
        OnHead "of a HEAD request"
        Unread "not at all"
    }
    /// What it sends first.
    FirstRequest { Post "a POST without a token" Get "a GET without a token" StrictGet "a GET without a token; 408, 425, 429 and 5xx end it" PostAndHead "a POST, and a HEAD for the challenge" Nothing "nothing before a person has logged in" }
    /// When it tries the older SSE transport.
    SseFallback { Never "never" ClientErrors "4xx other than 401 and 403" NotFound "404 or 405" AnyFailure "any failure" OfApplication "as the application has it" }
    /// What it does with a redirected POST.
    PostRedirect { SameOrigin "follows 307 and 308 within the origin" AsGet "follows it, as a GET after 301, 302 and 303" }
    /// Which addresses it connects to.
    Reach {
        Anywhere "any address"
        PublicOrTarget "private addresses only where the MCP URL is one"
        PublicOrLoopback "public addresses, and loopback for a server on loopback"
        NoPrivateLiterals "no private IP literals of others"
        Vendor "what its vendor's network reaches"
    }
    /// What it does when the resource metadata that a challenge names cannot be used.
    NamedFailed {
        Legacy "it takes the MCP server's origin for the authorization server"
        Next "it tries the well-known locations"
        OriginOnly "it tries the well-known location of the origin"
        Stop "it stops"
        NotRead "it never asks for it"
    }
    /// What it does when nobody can be reached where a challenge says the resource metadata is.
    Unreachable { AsFailed "the same as where the named metadata cannot be used" Stops "it stops" }
    /// What it does with resource metadata on another origin.
    OtherOrigin { Asks "it asks there" Ignores "it does not ask there" Stops "it stops" }
    /// What it does when the well-known location of the path fails with 5xx.
    MetadataFailing { Next "it tries the root" Legacy "it takes the MCP server's origin for the authorization server" LegacyUnless502 "after 502 it tries the root, else it takes the MCP server's origin for the authorization server" Stops "it stops" }
    /// What it does with a redirect of metadata to another origin.
    MetadataRedirect { Missing "it counts as missing" Stops "it stops" Follows "it follows" }
    /// How the resource of the metadata has to relate to the MCP URL.
    ResourceRule {
        Prefix "on the same origin, its path the first segments of the MCP URL's, and no longer"
        PrefixSlashIgnored "on the same origin, its path the first segments of the MCP URL's, slashes at the end ignored"
        UrlOrOrigin "the MCP URL or its origin, slash and case ignored; in a guessed root document the origin"
        UrlRootOrigin "the MCP URL; in a guessed root document the origin"
        ExactRootOrigin "the MCP URL, byte for byte; in a guessed root document the origin"
        SchemeHostPath "scheme, host and path of the MCP URL"
        NotCompared "it is not compared"
    }
    /// What it does with metadata of another resource.
    Mismatch { Stops "it stops" StopsIfNamed "it stops if a challenge named the document, else it goes on looking" NextThenLegacy "it goes on looking, and then takes the MCP server's origin for the authorization server" Accepts "it goes on" }
    /// What it does where the metadata lists no authorization server.
    WithoutServers { Legacy "it takes the MCP server's origin for the authorization server" Stops "it stops" }
    /// Which of several authorization servers it takes.
    ServerChoice { First "the first" Each "each until one has metadata" OfApplication "the application's choice, the first by default" }
    /// How the issuer of the metadata has to relate to the one that the resource names.
    IssuerRule {
        NotCompared "it is not compared"
        Exact "the same string"
        ExactOrSlashLost "the same string, but for a slash that the metadata lacks"
        SlashIgnored "the same but for a slash at the end"
        RootSlashIgnored "the same but for the slash of a URL without a path"
        AsUrl "the same URL"
    }
    /// What it does with metadata without an issuer.
    IssuerMissing { Stops "it stops" Next "it tries the next location" Accepts "it goes on" }
    /// What it does with a document that is not what it should be, and with 5xx.
    BadDocument { Next "it tries the next location" Stops "it stops" GivesUp "it looks no further, and takes default endpoints" StopsUnless502 "it stops, but for 502" }
    /// What of PKCE the metadata has to say.
    PkceRule {
        Ignored "nothing"
        NotWithoutS256 "if it lists methods, S256"
        S256 "S256"
        AnyMethod "any method"
        Optional "nothing; without S256 it does without PKCE"
    }
    /// Where it looks for endpoints when there is no metadata.
    DefaultEndpoints { ServerOrigin "at the origin of the authorization server" TargetOrigin "at the origin of the MCP server" TargetOriginAlone "at the origin of the MCP server, if there is no resource metadata either" Nowhere "nowhere" }
    /// Which metadata of an issuer with a path it finds.
    RootMetadata { Asked "it also asks at the root of the host" NotAsked "it asks where the issuer's path says only" }
    /// How it uses client-ID metadata documents.
    Documents { Own "it has one" OwnIfNoneListed "it has one, and uses it where the server lists the method none" OfApplication "as the application has it" Option "if a person gives one" Unused "it does not" }
    /// What it does where it can neither register nor use a document, and was given no client.
    WithoutRegistration { Stops "it stops" Asks "it asks a person for a client identifier" DefaultPath "it registers at /register of the MCP server's origin" }
    /// The authentication method it registers with.
    AskedMethod { None "none" Post "client_secret_post" FirstListed "the first of those it knows that the server lists" OfApplication "as the application has it" }
    /// The redirect URI it registers.
    Redirect { Loopback "on loopback" Hosted "on its vendor's host" Both "on loopback and on its vendor's host" OfApplication "as the application has it" }
    /// Which port it comes back to.
    RedirectPort { Registered "the one it registered" Sometimes "another than it registered where that one is taken" Random "any, whatever its document says" }
    /// When the callback needs `iss`.
    IssRule {
        NotChecked "it is not looked at"
        IfPresentOrAdvertised "it must be right where it is present, and present where it is advertised"
        NotUnlessAdvertised "it must be there where it is advertised, and must not be where it is not"
        Always "it must be there and right"
    }
    /// Which scope it asks for where the challenge names none.
    ScopeSource {
        ResourceOrApplication "that of the resource metadata, else as the application has it"
        Resource "that of the resource metadata, else none"
        ResourceOrServer "all of the resource metadata, else all of the authorization server"
        Server "all of the authorization server"
        WithDefault "all of the resource metadata, else of the authorization server, else a default"
    }
    /// Which `resource` it sends.
    ResourceSent { Metadata "that of the metadata, none without" Always "that of the metadata, else the MCP URL" Url "the MCP URL" Normalised "the MCP URL, with a slash if it has no path; an option leaves it out" Switchable "that of the metadata; an option leaves it out" }
    /// How it reads the media type of the token response.
    TokenMediaType { Any "any" Json "application/json or none" FormByType "text/plain is read as a form" }
    /// Which token responses it can read.
    TokenBody { Json "JSON" JsonOrForm "JSON or a form" }
    /// What it does when the fresh token is refused.
    SecondRefusal { Stops "it stops" RegistersAnew "it registers anew once" LogsInAgain "it logs in once more" }
    /// Where it takes the session identifier from.
    SessionIdFrom { Initialize "the answer to initialize" Any "any answer" }
}

/// Everything that tells one client from another.
#[derive(Clone, Copy, Debug)]
pub struct Traits {
    /// The opening request and its answer.
    pub opening: Opening,
    /// Resource metadata.
    pub resource: Resource,
    /// Authorization-server metadata.
    pub server: Server,
    /// Registration.
    pub registration: Registering,
    /// Authorization request and callback.
    pub authorization: Authorizing,
    /// The token response.
    pub token: Redeeming,
    /// The session.
    pub session: Opened,
}

/// The opening request and its answer.
#[derive(Clone, Copy, Debug)]
pub struct Opening {
    /// What makes it log in.
    pub login_on: LoginOn,
    /// How it reads `WWW-Authenticate`.
    pub challenge: ChallengeReading,
    /// What it sends first.
    pub first: FirstRequest,
    /// When it tries the older SSE transport.
    pub sse: SseFallback,
    /// What it does with a redirected POST.
    pub redirect: PostRedirect,
    /// Which addresses it connects to.
    pub reach: Reach,
}

/// Resource metadata.
#[derive(Clone, Copy, Debug)]
pub struct Resource {
    /// What it does when a named document cannot be used.
    pub named_failed: NamedFailed,
    /// What it does when nobody can be reached there.
    pub unreachable: Unreachable,
    /// What it does with one on another origin.
    pub other_origin: OtherOrigin,
    /// What it does on 5xx.
    pub failing: MetadataFailing,
    /// What it does with a redirect to another origin; of server metadata too.
    pub redirect: MetadataRedirect,
    /// Whether metadata has to be `application/json`.
    pub json_only: Answer,
    /// Whether it cannot do without.
    pub required: Answer,
    /// What it does where no authorization server is listed.
    pub without_servers: WithoutServers,
    /// What `resource` has to be.
    pub rule: ResourceRule,
    /// What it does where it is something else.
    pub mismatch: Mismatch,
}

/// Authorization-server metadata.
#[derive(Clone, Copy, Debug)]
pub struct Server {
    /// Which of several servers it takes.
    pub choice: ServerChoice,
    /// Where it looks for an issuer with a path.
    pub root: RootMetadata,
    /// What it does with a document that is not what it should be.
    pub bad_document: BadDocument,
    /// What it does on 5xx.
    pub failing: BadDocument,
    /// What `issuer` has to be.
    pub issuer: IssuerRule,
    /// What it does without one.
    pub issuer_missing: IssuerMissing,
    /// Whether it demands the members that RFC 8414 and OpenID require.
    pub members_required: Answer,
    /// What of PKCE it has to say.
    pub pkce: PkceRule,
    /// Where it looks for endpoints without metadata.
    pub default_endpoints: DefaultEndpoints,
    /// Whether the token endpoint has to be https where it is not on loopback.
    pub https_token_endpoint: Answer,
    /// Whether the authorization endpoint has to be on the issuer's or the token endpoint's origin.
    pub endpoints_together: Answer,
}

/// Registration.
#[derive(Clone, Copy, Debug)]
pub struct Registering {
    /// Whether a person can give it a client identifier.
    pub given: Answer,
    /// How it uses client-ID metadata documents.
    pub documents: Documents,
    /// What it does without any registration.
    pub without: WithoutRegistration,
    /// The authentication method it registers with.
    pub method: AskedMethod,
    /// Whether the answer has to repeat `redirect_uris`.
    pub needs_redirect_uris: Answer,
    /// Whether null members in the answer stop it.
    pub stops_on_null: Answer,
    /// Whether it sends `application_type`.
    pub application_type: Answer,
    /// Whether it asks for the device grant.
    pub device_grant: Answer,
    /// The redirect URI it registers.
    pub redirect: Redirect,
    /// The port it comes back to.
    pub port: RedirectPort,
}

/// Authorization request and callback.
#[derive(Clone, Copy, Debug)]
pub struct Authorizing {
    /// When the callback needs `iss`.
    pub iss: IssRule,
    /// Whether the callback needs `state`.
    pub state: Answer,
    /// Whether it asks for the authorization URL before a browser does.
    pub looks_first: Answer,
    /// Which scope it asks for.
    pub scope: ScopeSource,
    /// Which `resource` it sends.
    pub resource: ResourceSent,
}

/// The token response.
#[derive(Clone, Copy, Debug)]
pub struct Redeeming {
    /// How it reads the media type.
    pub media_type: TokenMediaType,
    /// Which bodies it can read.
    pub body: TokenBody,
    /// Whether `token_type` has to be there.
    pub type_required: Answer,
    /// Whether `expires_in` may be a string.
    pub expires_in_string: Answer,
    /// Whether a refresh may be answered with 201.
    pub refresh_201: Answer,
    /// Whether it uses a secret that came without a method.
    pub unnamed_secret: Answer,
}

/// The session.
#[derive(Clone, Copy, Debug)]
pub struct Opened {
    /// What it does when the fresh token is refused.
    pub refused: SecondRefusal,
    /// Where it takes the session identifier from.
    pub session_id: SessionIdFrom,
}

impl Traits {
    /// Of a client that nobody has read.
    pub const UNKNOWN: Self = Self {
        opening: Opening {
            login_on: LoginOn::Unknown,
            challenge: ChallengeReading::Unknown,
            first: FirstRequest::Unknown,
            sse: SseFallback::Unknown,
            redirect: PostRedirect::Unknown,
            reach: Reach::Unknown,
        },
        resource: Resource {
            named_failed: NamedFailed::Unknown,
            unreachable: Unreachable::Unknown,
            other_origin: OtherOrigin::Unknown,
            failing: MetadataFailing::Unknown,
            redirect: MetadataRedirect::Unknown,
            json_only: Answer::Unknown,
            required: Answer::Unknown,
            without_servers: WithoutServers::Unknown,
            rule: ResourceRule::Unknown,
            mismatch: Mismatch::Unknown,
        },
        server: Server {
            choice: ServerChoice::Unknown,
            root: RootMetadata::Unknown,
            bad_document: BadDocument::Unknown,
            failing: BadDocument::Unknown,
            issuer: IssuerRule::Unknown,
            issuer_missing: IssuerMissing::Unknown,
            members_required: Answer::Unknown,
            pkce: PkceRule::Unknown,
            default_endpoints: DefaultEndpoints::Unknown,
            https_token_endpoint: Answer::Unknown,
            endpoints_together: Answer::Unknown,
        },
        registration: Registering {
            given: Answer::Unknown,
            documents: Documents::Unknown,
            without: WithoutRegistration::Unknown,
            method: AskedMethod::Unknown,
            needs_redirect_uris: Answer::Unknown,
            stops_on_null: Answer::Unknown,
            application_type: Answer::Unknown,
            device_grant: Answer::Unknown,
            redirect: Redirect::Unknown,
            port: RedirectPort::Unknown,
        },
        authorization: Authorizing {
            iss: IssRule::Unknown,
            state: Answer::Unknown,
            looks_first: Answer::Unknown,
            scope: ScopeSource::Unknown,
            resource: ResourceSent::Unknown,
        },
        token: Redeeming {
            media_type: TokenMediaType::Unknown,
            body: TokenBody::Unknown,
            type_required: Answer::Unknown,
            expires_in_string: Answer::Unknown,
            refresh_201: Answer::Unknown,
            unnamed_secret: Answer::Unknown,
        },
        session: Opened { refused: SecondRefusal::Unknown, session_id: SessionIdFrom::Unknown },
    };

    /// All of them, each with its name, a step at a time.
    pub fn named(&self) -> Vec<(&'static str, &'static str)> {
        let Self { opening, resource, server, registration, authorization, token, session } = self;
        vec![
            ("first request", opening.first.words()),
            ("logs in on", opening.login_on.words()),
            ("reads the challenge", opening.challenge.words()),
            ("SSE transport on", opening.sse.words()),
            ("redirected POST", opening.redirect.words()),
            ("connects to", opening.reach.words()),
            ("named metadata unusable", resource.named_failed.words()),
            ("host of named metadata unreachable", resource.unreachable.words()),
            ("metadata on another origin", resource.other_origin.words()),
            ("metadata fails with 5xx", resource.failing.words()),
            ("metadata redirected elsewhere", resource.redirect.words()),
            ("metadata must be application/json", resource.json_only.words()),
            ("resource metadata required", resource.required.words()),
            ("no authorization server listed", resource.without_servers.words()),
            ("resource has to be", resource.rule.words()),
            ("another resource", resource.mismatch.words()),
            ("of several servers", server.choice.words()),
            ("issuer with a path", server.root.words()),
            ("unusable server metadata", server.bad_document.words()),
            ("server metadata fails with 5xx", server.failing.words()),
            ("issuer has to be", server.issuer.words()),
            ("no issuer", server.issuer_missing.words()),
            ("required members demanded", server.members_required.words()),
            ("PKCE metadata has to list", server.pkce.words()),
            ("endpoints without metadata", server.default_endpoints.words()),
            ("token endpoint must be https", server.https_token_endpoint.words()),
            ("endpoints on one origin", server.endpoints_together.words()),
            ("takes a client identifier", registration.given.words()),
            ("metadata document of its own", registration.documents.words()),
            ("without registration", registration.without.words()),
            ("registers with the method", registration.method.words()),
            ("needs redirect_uris in the answer", registration.needs_redirect_uris.words()),
            ("null in the answer stops it", registration.stops_on_null.words()),
            ("sends application_type", registration.application_type.words()),
            ("asks for the device grant", registration.device_grant.words()),
            ("redirect URI", registration.redirect.words()),
            ("port of the redirect URI", registration.port.words()),
            ("iss in the callback", authorization.iss.words()),
            ("state demanded", authorization.state.words()),
            ("looks at the login first", authorization.looks_first.words()),
            ("scope without a challenge's", authorization.scope.words()),
            ("resource sent", authorization.resource.words()),
            ("token media type", token.media_type.words()),
            ("token response", token.body.words()),
            ("token_type demanded", token.type_required.words()),
            ("expires_in as a string is read", token.expires_in_string.words()),
            ("refresh with 201 is read", token.refresh_201.words()),
            ("secret without a method is sent", token.unnamed_secret.words()),
            ("fresh token refused", session.refused.words()),
            ("session identifier from", session.session_id.words()),
        ]
    }
}

impl ResourceRule {
    /// Whether a client goes on with metadata of that resource. `is_guessed_root` is a document at the root of the origin
    /// that no challenge named. `None` if the rule is not known.
    pub fn accepts(self, resource: &str, target: &str, is_guessed_root: bool) -> Option<bool> {
        let (Some(published), Some(used)) = (Identifier::parse(resource), Identifier::parse(target)) else {
            return (self != Self::Unknown).then_some(self == Self::NotCompared);
        };
        let same_origin = published.canonical_origin() == used.canonical_origin();
        let path =
            |url: Identifier<'_>| if url.path.is_empty() { "/".to_owned() } else { url.path.to_owned() };
        let (own, asked) = (path(published), path(used));
        let trimmed = |path: &str| path.trim_end_matches('/').to_owned();
        let is_above =
            same_origin && format!("{}/", trimmed(&asked)).starts_with(&format!("{}/", trimmed(&own)));
        let is_origin = same_origin && own == "/";
        let is_target = same_origin && own == asked;
        Some(match self {
            Self::NotCompared => true,
            Self::Prefix => is_above && asked.len() >= own.len(),
            Self::PrefixSlashIgnored => is_above,
            Self::UrlOrOrigin | Self::UrlRootOrigin | Self::ExactRootOrigin if is_guessed_root => is_origin,
            Self::UrlOrOrigin => {
                let alike = |one: &str, other: &str| {
                    one.trim_end_matches('/').eq_ignore_ascii_case(other.trim_end_matches('/'))
                };
                is_origin || alike(resource, target)
            }
            Self::UrlRootOrigin | Self::SchemeHostPath => is_target,
            Self::ExactRootOrigin => resource == target,
            Self::Unknown => return None,
        })
    }
}

impl IssuerRule {
    /// Whether a client goes on with metadata that names that issuer where the resource names `expected`. `None` if the
    /// rule is not known.
    pub fn accepts(self, issuer: &str, expected: &str) -> Option<bool> {
        let same = issuer == expected;
        let path_of = |url: &str| Identifier::parse(url).map(|url| url.path.trim_end_matches('/').to_owned());
        Some(match self {
            Self::NotCompared => true,
            Self::Exact => same,
            Self::ExactOrSlashLost => same || expected.strip_suffix('/') == Some(issuer),
            Self::SlashIgnored => same || differ_by_slash(issuer, expected),
            Self::RootSlashIgnored => {
                same || differ_by_slash(issuer, expected)
                    && path_of(issuer).is_some_and(|path| path.is_empty())
            }
            Self::AsUrl => same || url::Url::parse(issuer).ok() == url::Url::parse(expected).ok(),
            Self::Unknown => return None,
        })
    }
}

impl PkceRule {
    /// Whether a client goes on with metadata that lists those methods. `None` if the rule is not known.
    pub fn accepts(self, methods: Option<&[&str]>) -> Option<bool> {
        let has_s256 = methods.is_some_and(|methods| methods.contains(&"S256"));
        Some(match self {
            Self::Ignored | Self::Optional => true,
            Self::NotWithoutS256 => methods.is_none() || has_s256,
            Self::S256 => has_s256,
            Self::AnyMethod => methods.is_some_and(|methods| !methods.is_empty()),
            Self::Unknown => return None,
        })
    }
}

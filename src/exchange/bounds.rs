//! What is taken into memory at most of anything that comes from outside. All bounds are here, so that their sum can be told.
//!
//! A response body is bounded by the run's own limit (`--body-limit`), its head by the HTTP library (HTTP/1.1: 400 KiB and
//! 100 fields; HTTP/2: 16 KiB).

/// Bytes of a stored run that is read.
pub const TRANSCRIPT: usize = 64 << 20;
/// Bytes of a file with certificates.
pub const CERTIFICATES: usize = 16 << 20;
/// Bytes of any other file: scenarios, baselines, keys, tokens, what is kept from run to run.
pub const SETTINGS: usize = 1 << 20;

/// Content codings of a body, one in the other.
pub const CONTENT_CODINGS: usize = 8;
/// Bytes of a response to a registration or a token request, whatever the limit of the run: what was made is in it.
pub const HANDED_OUT: usize = 16 << 20;

/// Bytes of the request line of a callback. Codes are short; signed responses take some thousand.
pub const CALLBACK_LINE: usize = 32 << 10;
/// Bytes of the head of a callback. A browser sends along the cookies of everything else on this host.
pub const CALLBACK_HEAD: usize = 96 << 10;
/// Header fields of a callback.
pub const CALLBACK_FIELDS: usize = 200;
/// Connections to the callback listener at a time.
pub const CALLBACK_CONNECTIONS: usize = 32;
/// Callbacks that wait to be heard.
pub const CALLBACKS_WAITING: usize = 16;

/// Requests of a login through pages: redirects and forms together; real logins need about ten.
pub const LOGIN_HOPS: usize = 30;
/// Bytes of a cookie, as in browsers ([RFC 6265 §6.1](https://www.rfc-editor.org/rfc/rfc6265#section-6.1)).
pub const COOKIE: usize = 4096;
/// Bytes of all cookies that come in a login.
pub const COOKIES: usize = 256 << 10;
/// Bytes of a line of a program that logs in.
pub const PROGRAM_LINE: u64 = 64 << 10;
/// Lines of such a program that are told; what it says beyond is read and forgotten.
pub const PROGRAM_LINES: usize = 200;
/// Characters of such a line.
pub const PROGRAM_LINE_TOLD: usize = 1000;
/// Characters of a page that a browser reads out to us, all its controls together.
pub const BROWSER_PAGE: usize = 1 << 20;

/// Secrets of a stored run; further placeholders stay what they are.
pub const STORED_SECRETS: usize = 10_000;
/// Bytes that what stands for those secrets may take, wherever it stands.
pub const STORED_SECRETS_ROOM: usize = 1 << 27;

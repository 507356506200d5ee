//! The traps of judging: points where specifications are open or disagree, or where products are known to differ. Each is
//! named by a test (`t08_…`), or stands here with the reason why nothing of gatewalk touches it.

#![expect(clippy::unwrap_used, reason = "tests, where a panic is the report")]

use std::collections::BTreeSet;
use std::path::Path;

/// All of them, by number from 1: what is treacherous, and why no test names it, if none does.
#[rustfmt::skip]
const TRAPS: [(&str, Option<&str>); 55] = [
    ("A parser of URLs adds a slash to a bare origin, which makes another identifier of it", None),
    ("The published resource may be a parent of the target's path, or differ by a slash", None),
    ("An issuer and what the gateway lists may differ by a slash", None),
    ("The issuer cannot be recovered from the URL of its document", None),
    ("RFC 8414 and RFC 9728 remove different slashes before they insert the well-known part", None),
    ("RFC 8414 inserts the well-known part, OpenID appends it; prefix routing serves neither", None),
    ("The root is another tenant's place for an issuer with a path", None),
    ("An app answers every path with 200 and a page", None),
    ("An unusable document must not hide the next location", None),
    ("A gateway behind a TLS terminator publishes http or an inner host", None),
    ("A resource may list several authorization servers, and metadata URLs by mistake", None),
    ("A server may protect only its tools", None),
    ("A refusal for a malformed request masks the challenge", None),
    ("A legacy server behind a modern gateway looks like a broken one", None),
    ("GET and DELETE without a token may be refused with 401, 404 or 405", None),
    ("The list of tools may depend on the scope", Some("no check compares two lists of tools")),
    ("An ended session is 404, an expired token 401", None),
    ("A WWW-Authenticate field may hold several challenges, with commas in quotes", None),
    ("AWS API Gateway renames the challenge", None),
    ("The scope of the challenge need not be listed as supported", None),
    ("An error in the challenge to no token is only a SHOULD NOT", None),
    ("A redirect of the target drops the token, or leads inside", None),
    ("A bot defence looks like a failure of the gateway", None),
    ("A gateway in front of an identity provider publishes metadata of its own", None),
    ("A buffered event stream ends late, or never", None),
    ("A cache in front answers for the gateway", None),
    ("2025-03-26 has clients send MCP-Protocol-Version for metadata, which some firewalls refuse", None),
    ("Public servers often take any Origin on purpose", None),
    ("Auth0 ignores resource without a profile, and adds its own userinfo to the audience", None),
    ("Opaque tokens are legal", None),
    ("Entra ID has only the OpenID document, and does not advertise PKCE", None),
    ("GitHub reports errors with status 200, and responds with forms", None),
    ("Redirect URIs of a private scheme are legal in OAuth, not in MCP", Some("the client registers loopback redirect URIs only, and no check judges those of others")),
    ("Any port of a loopback address is allowed, of the name localhost it need not be", None),
    ("Rotation may be replaced by a key, and no refresh token is legal", None),
    ("PKCE that is enforced and not advertised stops clients all the same", None),
    ("A server that lists no authentication method may take public clients", None),
    ("A scope is a set; absent it means as requested", None),
    ("iss is compared decoded, character by character", None),
    ("The last character of a signature has unused bits", None),
    ("A gateway that caches refusals may refuse the good token after a probe", None),
    ("Failed attempts may end the grant", None),
    ("A login that is remembered is silent", None),
    ("Clocks differ", None),
    ("An empty list of bearer methods is a value, although empty lists are to be left out", None),
    ("Pragma is of RFC 6749 and no more of OAuth 2.1", None),
    ("201 for a registration is said without a keyword", None),
    ("Some rules reach MCP only through RFCs", None),
    ("On loopback there is no TLS", None),
    ("The tester can be sent to private addresses", None),
    ("Reports are read by others", None),
    ("Specifications change without changing their name", None),
    ("A gateway must not fail for its authorization server", None),
    ("Client credentials go into the body, while the server is to list the header", None),
    ("Python servers add a slash to their issuer", None),
];

/// The numbers of the tests that name a trap.
fn named(folder: &Path, numbers: &mut BTreeSet<usize>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            named(&path, numbers);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let mut tested = false;
            for line in text.lines().map(str::trim) {
                let name = line.strip_prefix("async ").unwrap_or(line).strip_prefix("fn t");
                let number = name.and_then(|name| name.split_once('_')?.0.parse::<usize>().ok());
                numbers.extend(number.filter(|_| tested));
                // Other attributes may stand between the one that makes it a test and its name.
                tested = line.starts_with("#[test]")
                    || line.starts_with("#[tokio::test")
                    || tested && line.starts_with("#[");
            }
        }
    }
}

#[test]
fn every_trap_is_named_by_a_test_or_stands_with_the_reason_why_not() {
    let mut numbers = BTreeSet::new();
    for folder in ["src", "tests"] {
        named(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut numbers);
    }
    let wanting = (1..=TRAPS.len()).filter(|number| TRAPS[number - 1].1.is_none());
    assert_eq!(numbers, wanting.collect::<BTreeSet<_>>());
}

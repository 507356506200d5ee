//! The authorization endpoint: the walk's request with one parameter changed. Only the first hop is looked at; nobody
//! logs in, so no code is issued by a server that asks.

use url::form_urlencoded;

use super::context::{Built, ProbeContext, Skipped, request};
use super::open::{NOBODY, SCRIPT};
use crate::document::identifier::Identifier;
use crate::specification::Party;

/// A response type that nobody knows.
const NO_RESPONSE_TYPE: &str = "gatewalk";

/// The query of an authorization request, decoded.
type Parameters = Vec<(String, String)>;

/// The walk's request, with its parameters changed.
fn changed(context: &ProbeContext<'_>, change: impl FnOnce(&mut Parameters) -> Result<(), Skipped>) -> Built {
    let url = &context.authorization()?.url;
    let (endpoint, query) = url.split_once('?').unwrap_or((url, ""));
    let mut parameters: Parameters = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    change(&mut parameters)?;
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    Ok(request(Party::AuthorizationServer, "GET", format!("{endpoint}?{query}"))
        .header("accept", "text/html"))
}

fn set(parameters: &mut Parameters, name: &str, value: impl Into<String>) {
    parameters.retain(|(n, _)| n != name);
    parameters.push((name.to_owned(), value.into()));
}

fn get(parameters: &Parameters, name: &str) -> Result<String, Skipped> {
    let found = parameters.iter().find(|(n, _)| n == name).map(|(_, value)| value.clone());
    found.ok_or_else(|| Skipped::not_applicable(format!("the authorization request has no {name}")))
}

fn with(context: &ProbeContext<'_>, name: &str, value: &str) -> Built {
    changed(context, |parameters| {
        set(parameters, name, value);
        Ok(())
    })
}

fn without(context: &ProbeContext<'_>, names: &[&str]) -> Built {
    changed(context, |parameters| {
        for name in names {
            get(parameters, name)?;
        }
        parameters.retain(|(name, _)| !names.contains(&name.as_str()));
        Ok(())
    })
}

pub(super) fn again(context: &ProbeContext<'_>) -> Built {
    changed(context, |_| Ok(()))
}

pub(super) fn unknown_client(context: &ProbeContext<'_>) -> Built {
    with(context, "client_id", "gatewalk-no-such-client")
}

/// Where nobody ever registered to be sent.
pub(super) fn foreign() -> String {
    format!("https://{NOBODY}/callback")
}

pub(super) fn redirect_foreign(context: &ProbeContext<'_>) -> Built {
    with(context, "redirect_uri", &foreign())
}

/// With a second mistake, which a server may be eager to report to the redirect URI.
pub(super) fn redirect_foreign_error(context: &ProbeContext<'_>) -> Built {
    changed(context, |parameters| {
        set(parameters, "redirect_uri", foreign());
        set(parameters, "response_type", NO_RESPONSE_TYPE);
        Ok(())
    })
}

/// Another spelling of the redirect URI.
fn respelled(
    context: &ProbeContext<'_>,
    spell: impl FnOnce(&str) -> Option<String>,
    change: impl FnOnce(&mut Parameters),
) -> Built {
    changed(context, |parameters| {
        let uri = get(parameters, "redirect_uri")?;
        let other = spell(&uri).filter(|other| *other != uri);
        let other = other.ok_or_else(|| Skipped::not_applicable("the redirect URI has no such spelling"))?;
        set(parameters, "redirect_uri", other);
        change(parameters);
        Ok(())
    })
}

/// The same, and a second mistake, so that a server that takes the URI for registered redirects there at once.
fn redirect(context: &ProbeContext<'_>, spell: impl FnOnce(&str) -> Option<String>) -> Built {
    respelled(context, spell, |parameters| set(parameters, "response_type", NO_RESPONSE_TYPE))
}

/// The same without a second mistake: that one may be what a server complains of.
fn redirect_alone(context: &ProbeContext<'_>, spell: impl FnOnce(&str) -> Option<String>) -> Built {
    respelled(context, spell, |_| {})
}

fn more_path(uri: &str) -> String {
    format!("{uri}/gatewalk")
}

fn with_query(uri: &str) -> String {
    format!("{uri}?gatewalk=1")
}

fn in_capitals(uri: &str) -> Option<String> {
    let parsed = Identifier::parse(uri)?;
    Some(format!("{}{}{}", parsed.origin, parsed.path.to_ascii_uppercase(), parsed.query))
}

/// The URI with another authority, made of its own host and the rest, which begins with the port.
fn with_authority(uri: &str, authority: impl FnOnce(&str, &str) -> String) -> Option<String> {
    let parsed = Identifier::parse(uri)?;
    let (scheme, old) = parsed.origin.split_once("://")?;
    let port_at = old
        .rfind(':')
        .filter(|at| old.get(*at..).is_some_and(|port| !port.contains(']')))
        .unwrap_or(old.len());
    let (host, port) = old.split_at(port_at);
    Some(format!("{scheme}://{}{}{}", authority(host, port), parsed.path, parsed.query))
}

pub(super) fn redirect_path(context: &ProbeContext<'_>) -> Built {
    redirect(context, |uri| Some(more_path(uri)))
}

pub(super) fn redirect_query(context: &ProbeContext<'_>) -> Built {
    redirect(context, |uri| Some(with_query(uri)))
}

pub(super) fn redirect_case(context: &ProbeContext<'_>) -> Built {
    redirect(context, in_capitals)
}

pub(super) fn redirect_path_alone(context: &ProbeContext<'_>) -> Built {
    redirect_alone(context, |uri| Some(more_path(uri)))
}

pub(super) fn redirect_query_alone(context: &ProbeContext<'_>) -> Built {
    redirect_alone(context, |uri| Some(with_query(uri)))
}

pub(super) fn redirect_case_alone(context: &ProbeContext<'_>) -> Built {
    redirect_alone(context, in_capitals)
}

pub(super) fn redirect_host_suffix(context: &ProbeContext<'_>) -> Built {
    // A bracketed address cannot be lengthened.
    let lengthened = |host: &str, port: &str| format!("{host}.{NOBODY}{port}");
    redirect_alone(context, |uri| with_authority(uri, lengthened).filter(|_| !uri.contains('[')))
}

pub(super) fn redirect_userinfo(context: &ProbeContext<'_>) -> Built {
    redirect_alone(context, |uri| with_authority(uri, |host, port| format!("{host}{port}@{NOBODY}")))
}

pub(super) fn redirect_dots(context: &ProbeContext<'_>) -> Built {
    redirect_alone(context, |uri| {
        let parsed = Identifier::parse(uri)?;
        Some(format!("{}/gatewalk/..{}{}", parsed.origin, parsed.path, parsed.query))
    })
}

pub(super) fn redirect_fragment(context: &ProbeContext<'_>) -> Built {
    redirect_alone(context, |uri| Some(format!("{uri}#gatewalk")))
}

pub(super) fn response_type_unknown(context: &ProbeContext<'_>) -> Built {
    with(context, "response_type", NO_RESPONSE_TYPE)
}

pub(super) fn redirect_port(context: &ProbeContext<'_>) -> Built {
    changed(context, |parameters| {
        let uri = get(parameters, "redirect_uri")?;
        let other = other_port(&uri).ok_or_else(|| {
            Skipped::not_applicable("the redirect URI is not on a loopback address with a port")
        })?;
        set(parameters, "redirect_uri", other);
        Ok(())
    })
}

/// The same URI with another port, if its host is a loopback literal: of a name no freedom is demanded.
fn other_port(uri: &str) -> Option<String> {
    let parsed = Identifier::parse(uri).filter(Identifier::is_loopback)?;
    let (host, port) = parsed.origin.rsplit_once(':')?;
    let port: u16 = port.parse().ok().filter(|_| !host.ends_with("localhost"))?;
    let other = if port == u16::MAX { port - 1 } else { port + 1 };
    Some(format!("{host}:{other}{}{}", parsed.path, parsed.query))
}

pub(super) fn challenge_missing(context: &ProbeContext<'_>) -> Built {
    without(context, &["code_challenge", "code_challenge_method"])
}

pub(super) fn challenge_method(context: &ProbeContext<'_>) -> Built {
    with(context, "code_challenge_method", "S999")
}

pub(super) fn implicit(context: &ProbeContext<'_>) -> Built {
    with(context, "response_type", "token")
}

pub(super) fn unknown_parameter(context: &ProbeContext<'_>) -> Built {
    with(context, "gatewalk_probe", "1")
}

pub(super) fn repeated_parameter(context: &ProbeContext<'_>) -> Built {
    changed(context, |parameters| {
        let state = get(parameters, "state")?;
        parameters.push(("state".to_owned(), state));
        Ok(())
    })
}

pub(super) fn unknown_scope(context: &ProbeContext<'_>) -> Built {
    with(context, "scope", "gatewalk:no-such-scope")
}

pub(super) fn scope_missing(context: &ProbeContext<'_>) -> Built {
    without(context, &["scope"])
}

pub(super) fn resource_case(context: &ProbeContext<'_>) -> Built {
    changed(context, |parameters| {
        let resource = get(parameters, "resource")?;
        let parsed =
            Identifier::parse(&resource).ok_or_else(|| Skipped::untestable("the resource is no URL"))?;
        let other = format!("{}{}{}", parsed.origin.to_ascii_uppercase(), parsed.path, parsed.query);
        set(parameters, "resource", other);
        Ok(())
    })
}

pub(super) fn resource_malformed(context: &ProbeContext<'_>) -> Built {
    changed(context, |parameters| {
        get(parameters, "resource")?;
        set(parameters, "resource", "not a uri");
        Ok(())
    })
}

pub(super) fn from_script(context: &ProbeContext<'_>) -> Built {
    Ok(again(context)?.header("origin", SCRIPT))
}

#[cfg(test)]
mod tests {
    use super::{NOBODY, other_port, with_authority};

    #[test]
    fn a_stranger_gets_the_host_as_its_user_name() {
        let stranger = |uri| with_authority(uri, |host, port| format!("{host}{port}@{NOBODY}")).unwrap();
        assert_eq!(stranger("http://127.0.0.1:9/cb?a=1"), format!("http://127.0.0.1:9@{NOBODY}/cb?a=1"));
        assert_eq!(stranger("http://[::1]/cb"), format!("http://[::1]@{NOBODY}/cb"));
    }

    #[test]
    fn t34_only_loopback_literals_are_tried_with_another_port() {
        assert_eq!(other_port("http://127.0.0.1:9/cb").as_deref(), Some("http://127.0.0.1:10/cb"));
        assert_eq!(other_port("http://[::1]:65535/cb").as_deref(), Some("http://[::1]:65534/cb"));
        assert_eq!(other_port("http://localhost:9/cb"), None);
        assert_eq!(other_port("https://app.example:9/cb"), None);
    }
}

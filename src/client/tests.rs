//! What the tables promise.

mod cases;
mod shapes;

use std::collections::BTreeSet;

use super::traits::{IssuerRule, PkceRule, ResourceRule};
use super::*;
use crate::check;

fn is_kebab(id: &str) -> bool {
    !id.is_empty() && id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

#[test]
fn ids_are_unique_and_kebab_case() {
    let clients: BTreeSet<_> = CLIENTS.iter().map(|client| client.id).collect();
    let shapes: BTreeSet<_> = SHAPES.iter().map(|shape| shape.id).collect();
    assert_eq!((clients.len(), shapes.len()), (CLIENTS.len(), SHAPES.len()));
    assert!(clients.iter().chain(&shapes).all(|id| is_kebab(id)));
}

#[test]
fn a_client_is_built_on_one_that_exists_and_says_where_it_was_read() {
    for client in CLIENTS {
        assert!(client.built_on.is_none_or(|id| find(id).is_some()), "{}", client.id);
        assert!(client.source.starts_with("https://") && client.date.len() == 10, "{}", client.id);
        assert_eq!(client.version.is_empty(), client.grade > Grade::Stored, "{}", client.id);
    }
}

#[test]
fn shapes_come_in_flow_order_and_name_checks_that_exist() {
    assert!(SHAPES.is_sorted_by_key(|shape| shape.step));
    for shape in SHAPES {
        assert!(!shape.title.ends_with('.') && shape.change.ends_with('.'), "{}", shape.id);
        assert!(shape.checks.iter().all(|id| check::find(id).is_some()), "{}", shape.id);
    }
}

#[test]
fn a_group_leaves_out_whom_only_reports_tell_of_and_a_wrong_word_gets_the_nearest() {
    let all = chosen(["all"]).unwrap();
    assert!(all.iter().all(|client| client.grade < Grade::Reports));
    assert!(!all.iter().any(|client| client.id == "claude-code"));
    assert_eq!(chosen(["sdk", "apps"]).unwrap().len(), all.len());
    let both: Vec<_> = chosen(["claude-code", "ts1"]).unwrap().iter().map(|client| client.id).collect();
    assert_eq!(both, ["ts1", "claude-code"]);
    assert_eq!(chosen(["claude"]).unwrap_err().alike, ["claude-ai", "claude-code"]);
    assert_eq!(chosen(["vs-code"]).unwrap_err().alike, ["vscode"]);
    assert_eq!(chosen(["xyz"]).unwrap_err().alike, [""; 0]);
}

#[test]
fn resources_are_compared_as_each_client_does() {
    const TARGET: &str = "https://gw.example/api/mcp";
    // resource, at the root and not named; the rules that take it
    let cases: [(&str, bool, &[ResourceRule]); 7] = [
        (
            TARGET,
            false,
            &[
                ResourceRule::Prefix,
                ResourceRule::PrefixSlashIgnored,
                ResourceRule::UrlOrOrigin,
                ResourceRule::UrlRootOrigin,
                ResourceRule::ExactRootOrigin,
                ResourceRule::SchemeHostPath,
                ResourceRule::NotCompared,
            ],
        ),
        (
            TARGET,
            true,
            &[
                ResourceRule::Prefix,
                ResourceRule::PrefixSlashIgnored,
                ResourceRule::SchemeHostPath,
                ResourceRule::NotCompared,
            ],
        ),
        (
            "https://gw.example",
            true,
            &[
                ResourceRule::Prefix,
                ResourceRule::PrefixSlashIgnored,
                ResourceRule::UrlOrOrigin,
                ResourceRule::UrlRootOrigin,
                ResourceRule::ExactRootOrigin,
                ResourceRule::NotCompared,
            ],
        ),
        (
            "https://gw.example",
            false,
            &[
                ResourceRule::Prefix,
                ResourceRule::PrefixSlashIgnored,
                ResourceRule::UrlOrOrigin,
                ResourceRule::NotCompared,
            ],
        ),
        (
            "https://gw.example/api",
            false,
            &[ResourceRule::Prefix, ResourceRule::PrefixSlashIgnored, ResourceRule::NotCompared],
        ),
        (
            "https://gw.example/api/mcp/",
            false,
            &[ResourceRule::PrefixSlashIgnored, ResourceRule::UrlOrOrigin, ResourceRule::NotCompared],
        ),
        ("https://other.example/api/mcp", false, &[ResourceRule::NotCompared]),
    ];
    let rules = [
        ResourceRule::Prefix,
        ResourceRule::PrefixSlashIgnored,
        ResourceRule::UrlOrOrigin,
        ResourceRule::UrlRootOrigin,
        ResourceRule::ExactRootOrigin,
        ResourceRule::SchemeHostPath,
        ResourceRule::NotCompared,
    ];
    for (resource, is_root, taken) in cases {
        for rule in rules {
            let accepts = rule.accepts(resource, TARGET, is_root);
            assert_eq!(accepts, Some(taken.contains(&rule)), "{rule:?} {resource} {is_root}");
        }
        assert_eq!(ResourceRule::Unknown.accepts(resource, TARGET, is_root), None);
    }
}

#[test]
fn issuers_are_compared_as_each_client_does() {
    let accepts = |rule: IssuerRule| {
        let pairs = [
            ("https://as.example/", "https://as.example"),
            ("https://as.example", "https://as.example/"),
            ("https://as.example/t/", "https://as.example/t"),
            ("https://other.example", "https://as.example"),
        ];
        pairs.map(|(published, listed)| rule.accepts(published, listed) == Some(true))
    };
    assert_eq!(accepts(IssuerRule::NotCompared), [true; 4]);
    assert_eq!(accepts(IssuerRule::Exact), [false; 4]);
    assert_eq!(accepts(IssuerRule::ExactOrSlashLost), [false, true, false, false]);
    assert_eq!(accepts(IssuerRule::SlashIgnored), [true, true, true, false]);
    assert_eq!(accepts(IssuerRule::RootSlashIgnored), [true, true, false, false]);
    assert_eq!(accepts(IssuerRule::AsUrl), [true, true, false, false]);
    assert_eq!(IssuerRule::Unknown.accepts("a", "a"), None);
}

#[test]
fn pkce_is_read_as_each_client_does() {
    let accepts = |rule: PkceRule| {
        [None, Some(&["plain"][..]), Some(&["S256"][..])].map(|listed| rule.accepts(listed) == Some(true))
    };
    assert_eq!(accepts(PkceRule::Ignored), [true, true, true]);
    assert_eq!(accepts(PkceRule::NotWithoutS256), [true, false, true]);
    assert_eq!(accepts(PkceRule::S256), [false, false, true]);
    assert_eq!(accepts(PkceRule::AnyMethod), [false, true, true]);
}

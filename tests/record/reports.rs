//! Each format against its snapshot, and what its readers demand of it.

use std::collections::BTreeSet;

use gatewalk::report::{self, Format};
use gatewalk::transcript::Transcript;
use quick_xml::XmlVersion;
use quick_xml::events::Event;
use serde_json::Value;

use crate::sample;

pub(crate) fn rendered(transcript: &Transcript, format: Format) -> String {
    let mut written = Vec::new();
    report::render(transcript, format, &mut written).unwrap();
    String::from_utf8(written).unwrap()
}

#[test]
fn every_format_looks_as_it_did() {
    let transcript = sample::transcript();
    for &format in Format::ALL {
        insta::assert_snapshot!(format.id(), rendered(&transcript, format));
    }
}

#[test]
fn each_format_that_has_an_outcome_names_what_was_not_decided() {
    let mut json = sample::json();
    json["summary"]["outcome"] = "no-violation-found".into();
    json["summary"]["exit_code"] = 0.into();
    json["summary"]["undecided"] = serde_json::json!([
        {"because": "the server asks for a login first", "decided_by": "unattended-login", "checks": ["authz-pkce-required"]},
        {"because": "the response says nothing", "checks": ["token-no-store"]},
    ]);
    let transcript: Transcript = serde_json::from_value(json).unwrap();
    for &format in Format::ALL {
        let report = rendered(&transcript, format);
        if matches!(format, Format::Curl) {
            continue;
        }
        let mut wanted = vec!["2 MUSTs were not decided"];
        if format == Format::Json {
            wanted = vec!["no-violation-found", "unattended-login", "authz-pkce-required"];
        } else if format != Format::Har {
            wanted.extend([
                "authz-pkce-required",
                "the server asks for a login first",
                "a login without a person",
            ]);
            wanted.push("nothing that gatewalk can send");
        }
        if !matches!(format, Format::Github | Format::Json) {
            wanted.push("no violation found, 2 MUSTs were not decided");
        }
        for words in wanted {
            assert!(report.contains(words), "{}: {words} is not in\n{report}", format.id());
        }
    }
}

/// Attributes of the elements of an XML document, in order; panics if it is not well-formed.
pub(crate) fn elements(xml: &str) -> Vec<(String, Vec<(String, String)>)> {
    let mut reader = quick_xml::Reader::from_str(xml);
    let mut elements = Vec::new();
    loop {
        match reader.read_event().unwrap() {
            Event::Eof => return elements,
            Event::Start(element) | Event::Empty(element) => {
                let name = element.name().as_ref().to_owned();
                let attributes = element.attributes().map(|attribute| {
                    let attribute = attribute.unwrap();
                    let value = attribute.normalized_value(XmlVersion::Explicit1_0).unwrap();
                    (attribute.key.as_ref().to_owned(), value.into_owned())
                });
                elements.push((name, attributes.collect()));
            }
            _ => {}
        }
    }
}

#[test]
fn junit_counts_what_it_holds_and_repeats_no_name() {
    let elements = elements(&rendered(&sample::transcript(), Format::Junit));
    let count = |name: &str| elements.iter().filter(|(element, _)| element == name).count().to_string();
    let (_, totals) = elements.iter().find(|(name, _)| name == "testsuites").unwrap();
    for (total, name) in
        [("tests", "testcase"), ("failures", "failure"), ("errors", "error"), ("skipped", "skipped")]
    {
        let (_, said) = totals.iter().find(|(key, _)| key == total).unwrap();
        assert_eq!(*said, count(name), "{total}");
    }
    let cases: Vec<_> =
        elements.iter().filter(|(name, _)| name == "testcase").map(|(_, a)| &a[..2]).collect();
    let unique: BTreeSet<_> = cases.iter().collect();
    assert_eq!(unique.len(), cases.len(), "GitLab drops repeated names");
    assert_eq!(count("failure"), "1", "a warning fails nothing here");
    assert_eq!(count("error"), "1", "the step that stopped");
}

#[test]
fn what_was_expected_to_fail_fails_nothing() {
    let mut json = sample::json();
    json["verdicts"][0]["counts"] = false.into();
    json["verdicts"][0]["excused"] = "ticket 4711".into();
    let transcript: Transcript = serde_json::from_value(json).unwrap();
    let junit = elements(&rendered(&transcript, Format::Junit));
    assert!(junit.iter().all(|(name, _)| name != "failure"));
    let skipped: Vec<_> = junit.iter().filter(|(name, _)| name == "skipped").map(|(_, a)| &a[0].1).collect();
    assert!(skipped.iter().any(|message| *message == "expected failure: ticket 4711"), "{skipped:?}");
    let sarif: Value = serde_json::from_str(&rendered(&transcript, Format::Sarif)).unwrap();
    assert_eq!(sarif["runs"][0]["results"][0]["suppressions"][0]["justification"], "ticket 4711");
    assert!(!rendered(&transcript, Format::Github).contains("rs-401-resource-metadata"));
}

/// File and line of a SARIF result.
fn place(result: &Value) -> (&str, u64) {
    let place = &result["locations"][0]["physicalLocation"];
    let uri = place["artifactLocation"]["uri"].as_str().unwrap();
    (uri, place["region"]["startLine"].as_u64().unwrap())
}

#[test]
fn a_finding_points_at_the_line_that_expects_it_else_at_the_target() {
    let mut json = sample::json();
    let entry = |check: &str, standing: &str, line: u32| {
        serde_json::json!({"check": check, "verdict": "fail", "reason": "ticket 4711", "expires": "2026-11-22",
            "location": {"path": "base.toml", "line": line}, "standing": standing, "because": "it was expected"})
    };
    let entries = [entry("rs-401-resource-metadata", "expired", 7), entry("rs-unauth-401", "passing", 11)];
    json["baseline"] = serde_json::json!({"entries": entries, "missing": []});
    let transcript: Transcript = serde_json::from_value(json.clone()).unwrap();
    let sarif: Value = serde_json::from_str(&rendered(&transcript, Format::Sarif)).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let places: Vec<_> = results.iter().map(place).collect();
    assert_eq!(places, [("base.toml", 7), ("scenarios/my%20gateway.toml", 3)]);
    let annotations = rendered(&transcript, Format::Github);
    for said in [
        "::error title=baseline entry rs-401-resource-metadata (expired),file=base.toml,line=7::it was expected",
        "::error title=baseline entry rs-unauth-401 (passes now),file=base.toml,line=11::",
        "::error title=violation rs-401-resource-metadata (gateway),file=base.toml,line=7::",
        "::warning title=warning token-no-store (authorization server),file=scenarios/my gateway.toml,line=3::",
    ] {
        assert!(annotations.contains(said), "{said} is missing in {annotations}");
    }
    // Without a file there is a place all the same: code scanning wants one.
    json.as_object_mut().unwrap().remove("scenario");
    json.as_object_mut().unwrap().remove("baseline");
    let transcript: Transcript = serde_json::from_value(json).unwrap();
    let sarif: Value = serde_json::from_str(&rendered(&transcript, Format::Sarif)).unwrap();
    assert_eq!(place(&sarif["runs"][0]["results"][0]), ("gatewalk.toml", 1));
    assert!(!rendered(&transcript, Format::Github).contains("file="));
}

#[test]
fn sarif_has_what_code_scanning_wants() {
    let sarif: Value = serde_json::from_str(&rendered(&sample::transcript(), Format::Sarif)).unwrap();
    let run = &sarif["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let results = run["results"].as_array().unwrap();
    assert_eq!((sarif["version"].as_str(), results.len()), (Some("2.1.0"), 2));
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert!(["error", "warning", "note"].contains(&result["level"].as_str().unwrap()));
        assert_eq!(place(result), ("scenarios/my%20gateway.toml", 3));
        assert_eq!(result["partialFingerprints"]["gatewalk/v1"].as_str().unwrap().len(), 32);
    }
    // Another port is the same finding.
    let mut moved = sample::json();
    moved["target"] = "https://gw.example:8443/mcp".into();
    let moved: Transcript = serde_json::from_value(moved).unwrap();
    let moved: Value = serde_json::from_str(&rendered(&moved, Format::Sarif)).unwrap();
    assert_eq!(moved["runs"][0]["results"][0]["partialFingerprints"], results[0]["partialFingerprints"]);
}

#[test]
fn har_has_its_required_members() {
    let har: Value = serde_json::from_str(&rendered(&sample::transcript(), Format::Har)).unwrap();
    let log = &har["log"];
    assert!(log["version"] == "1.2" && log["creator"]["name"] == "gatewalk");
    let pages: BTreeSet<_> =
        log["pages"].as_array().unwrap().iter().map(|page| page["id"].to_string()).collect();
    for entry in log["entries"].as_array().unwrap() {
        assert!(pages.contains(&entry["pageref"].to_string()));
        for member in ["startedDateTime", "time", "request", "response", "cache", "timings"] {
            assert!(!entry[member].is_null(), "{member}");
        }
        for member in
            ["method", "url", "httpVersion", "cookies", "headers", "queryString", "headersSize", "bodySize"]
        {
            assert!(!entry["request"][member].is_null(), "request.{member}");
        }
        for member in [
            "status",
            "statusText",
            "httpVersion",
            "cookies",
            "headers",
            "content",
            "redirectURL",
            "headersSize",
            "bodySize",
        ] {
            assert!(!entry["response"][member].is_null(), "response.{member}");
        }
        let timings = entry["timings"].as_object().unwrap().values();
        let known: f64 = timings.filter_map(Value::as_f64).filter(|time| *time >= 0.0).sum();
        assert!((known - entry["time"].as_f64().unwrap()).abs() < 0.01, "time is the sum of the timings");
        assert!(entry["response"]["status"] != 0 || entry["_error"].is_string());
    }
}

#[test]
fn a_summary_of_very_many_findings_stays_within_its_budget() {
    let mut json = sample::json();
    let finding = json["verdicts"][0].clone();
    json["verdicts"] = vec![finding; 5000].into();
    let transcript: Transcript = serde_json::from_value(json).unwrap();
    let markdown = rendered(&transcript, Format::Markdown);
    assert!(markdown.len() < 600 * 1024, "{} B", markdown.len());
    assert!(markdown.contains("more findings are in the other reports"));
    assert!(rendered(&transcript, Format::Github).lines().count() < 40);
}

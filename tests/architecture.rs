//! The rooms of `src/` know only rooms to their left, and every file is where its room says it is.

#![expect(clippy::indexing_slicing, clippy::string_slice, reason = "tests, where a panic is the report")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::{fs, iter};

/// The rooms in a line, left to right: each may know those before it.
const LINE: [&str; 16] = [
    "specification",
    "exchange",
    "document",
    "scenario",
    "flow",
    "probe",
    "check",
    "client",
    "diagnosis",
    "transcript",
    "run",
    "report",
    "tui",
    "sandbox",
    "cli",
    "main",
];
/// Those of the line that a room further right does not know after all.
const STRANGERS: [(&str, &[&str]); 5] = [
    ("diagnosis", &["client"]),
    ("tui", &["report"]),
    ("sandbox", &["flow", "probe", "check", "client", "diagnosis", "transcript", "run", "report", "tui"]),
    ("cli", &["main"]),
    ("main", &["sandbox"]),
];
/// What rooms left of `run` do without.
const IMPURE: [&str; 12] = [
    "tokio",
    "reqwest",
    "tiny_http",
    "hyper",
    "hyper_util",
    "ratatui",
    "crossterm",
    "std::fs",
    "std::env",
    "std::thread",
    "std::time::Instant",
    "std::time::SystemTime",
];
/// Of `std::net` the types that only name an address.
const ADDRESSES: [&str; 8] = [
    "IpAddr",
    "Ipv4Addr",
    "Ipv6Addr",
    "SocketAddr",
    "SocketAddrV4",
    "SocketAddrV6",
    "AddrParseError",
    "self",
];
/// Lines of the longest file that is still one thing.
const LONGEST: usize = 525;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file of `src/` by its path there, with its text.
fn sources() -> BTreeMap<String, String> {
    fn visit(folder: &Path, files: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                visit(&path, files);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    let src = root().join("src");
    let mut files = Vec::new();
    visit(&src, &mut files);
    assert!(files.contains(&src.join("lib.rs")), "the sources were not found");
    let named = |path: PathBuf| {
        let name = path.strip_prefix(&src).expect("below src").to_string_lossy().replace('\\', "/");
        (name, fs::read_to_string(&path).expect("a text"))
    };
    files.into_iter().map(named).collect()
}

/// The room a file belongs to: `flow.rs` and everything in `flow/`.
fn room(file: &str) -> &str {
    file.split('/').next().unwrap_or(file).trim_end_matches(".rs")
}

fn may_know(room: &str, other: &str) -> bool {
    let place = |name| LINE.iter().position(|&known| known == name);
    let strangers = STRANGERS.iter().find(|(of, _)| *of == room).map_or(&[][..], |(_, strangers)| *strangers);
    match (place(room), place(other)) {
        (Some(room), Some(other_place)) => other_place <= room && !strangers.contains(&other),
        _ => false,
    }
}

/// The code of a file: comments taken out, and the words in string literals, which import nothing.
fn code(text: &str) -> String {
    let mut code = String::new();
    for line in text.lines() {
        let mut quoted = false;
        let mut rest = line.char_indices().peekable();
        while let Some((at, c)) = rest.next() {
            match c {
                '\\' if quoted => {
                    rest.next();
                }
                '\'' if !quoted && line[at..].starts_with("'\"'") => {
                    rest.next();
                    rest.next();
                }
                '"' => quoted = !quoted,
                '/' if !quoted && line[at..].starts_with("//") => break,
                c if !quoted => code.push(c),
                _ => {}
            }
        }
        code.push('\n');
    }
    code
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The paths in a piece of code, with `use a::{b, c::d}` written out as `a`, `a::b`, `a::c`, `a::c::d`.
fn paths(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut groups: Vec<String> = Vec::new();
    let mut path = String::new();
    let mut rest = code;
    while let Some(c) = rest.chars().next() {
        let word = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        let taken = if word > 0 {
            path.push_str(&rest[..word]);
            let whole =
                groups.iter().map(String::as_str).chain(iter::once(path.as_str())).collect::<String>();
            found.insert(whole);
            word
        } else if let Some(after) = rest.strip_prefix("::") {
            path.push_str("::");
            let group = after.trim_start();
            if group.starts_with('{') {
                groups.push(std::mem::take(&mut path));
                rest.len() - group.len() + 1
            } else {
                2
            }
        } else {
            path.clear();
            match c {
                '{' => groups.push(String::new()),
                '}' => {
                    groups.pop();
                }
                _ => {}
            }
            c.len_utf8()
        };
        rest = &rest[taken..];
        if rest.starts_with(char::is_whitespace) {
            path.clear();
        }
    }
    found
}

/// What a path names of the crate's root, seen from a file: `crate::x`, `gatewalk::x`, or enough `super::` before it.
fn at_root<'a>(file: &str, path: &'a str) -> Option<&'a str> {
    let supers = "super::".repeat(file.split('/').count());
    let named = path.strip_prefix("crate::").or_else(|| path.strip_prefix("gatewalk::"));
    // In a module within the file one `super` less counts, so only names of rooms are believed.
    let climbed = path.strip_prefix(&supers).and_then(|rest| rest.split("::").next());
    named.and_then(|rest| rest.split("::").next()).or_else(|| climbed.filter(|name| LINE.contains(name)))
}

/// What of a path a room left of `run` does without.
fn impurity(path: &str) -> Option<String> {
    let reaches = |banned: &&&str| {
        path.strip_prefix(**banned).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
    };
    let net = path.strip_prefix("std::net::").and_then(|rest| rest.split("::").next());
    let net = net.filter(|name| !name.is_empty() && !ADDRESSES.contains(name));
    let banned = IMPURE.iter().find(reaches).map(|&banned| banned.to_owned());
    banned.or_else(|| net.map(|name| format!("std::net::{name}")))
}

/// What a file imports against the arrow.
fn violations(file: &str, text: &str) -> BTreeSet<String> {
    let room = room(file);
    if file == "lib.rs" {
        return BTreeSet::new();
    }
    if !LINE.contains(&room) {
        return BTreeSet::from([format!("{file}: the room {room} is not on the line")]);
    }
    let pure = may_know("run", room) && room != "run";
    let mut wrong = BTreeSet::new();
    for path in paths(&code(text)) {
        if let Some(other) = at_root(file, &path).filter(|other| !may_know(room, other)) {
            wrong.insert(format!("{file}: {room} does not know {other}"));
        }
        if let Some(banned) = impurity(&path).filter(|_| pure) {
            wrong.insert(format!("{file}: {room} does without {banned}"));
        }
    }
    wrong
}

fn all<T: std::fmt::Debug>(wrong: &[T]) {
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn rooms_know_only_rooms_to_their_left() {
    let wrong: Vec<_> = sources().iter().flat_map(|(file, text)| violations(file, text)).collect();
    all(&wrong);
}

#[test]
fn the_line_is_the_one_in_the_docs() {
    let sources = sources();
    let drawn =
        sources["lib.rs"].lines().find(|line| line.starts_with("//! specification ←")).expect("the arrow");
    let drawn: Vec<_> =
        drawn.split(|c: char| !c.is_ascii_lowercase()).filter(|name| !name.is_empty()).collect();
    let line: Vec<_> = LINE.into_iter().filter(|name| drawn.contains(name)).collect();
    assert_eq!(line, drawn);
}

#[test]
fn an_import_against_the_arrow_is_found() {
    for (file, text) in [
        ("exchange.rs", "use crate::flow::Flow;"),
        ("exchange.rs", "use super::flow::Flow;"),
        ("flow/token.rs", "use super::super::check::Verdict;"),
        ("flow/token.rs", "use crate::{\n    specification::Step,\n    check::{self, Verdict},\n};"),
        ("check.rs", "fn f() { let x = crate::run::now(); }"),
        ("tui/page.rs", "use crate::report::text;"),
        ("report.rs", "use crate::tui;"),
        ("sandbox/mcp.rs", "use crate::flow::NAME;"),
        ("run.rs", "use crate::sandbox::Sandbox;"),
        ("main.rs", "use gatewalk::sandbox::Sandbox;"),
        ("cabinet.rs", "//! A room nobody drew."),
        ("flow/token.rs", "use std::{fmt, fs::File};"),
        ("flow/token.rs", "use std::time::{Duration, Instant};"),
        ("document.rs", "let all = std::env::vars();"),
        ("scenario.rs", "use std::net::{Ipv4Addr, TcpStream};"),
        ("check/display.rs", "async fn f() { tokio::time::sleep(x).await }"),
        ("transcript.rs", "const QUOTE: char = '\"'; use reqwest::Client;"),
    ] {
        assert_eq!(violations(file, text).len(), 1, "{file} {text}: {:?}", violations(file, text));
    }
}

#[test]
fn an_import_along_the_arrow_is_let_pass() {
    for (file, text) in [
        (
            "flow/token.rs",
            "use crate::{specification::Step, exchange::{Request, Secret}};\nuse super::State;",
        ),
        ("flow/token.rs", "use std::time::Duration;\nuse std::fmt;"),
        (
            "specification.rs",
            "//! Not for `crate::flow`, nor std::fs.\nconst X: &str = \"crate::flow std::env\"; // tokio::spawn",
        ),
        ("scenario.rs", "use std::net::{IpAddr, Ipv4Addr};"),
        ("run/clock.rs", "use std::time::Instant;\nuse tokio::time;"),
        ("sandbox.rs", "use crate::document::mcp;\nuse tokio::net::TcpListener;"),
        ("tui.rs", "use crate::run::Run;"),
        ("cli.rs", "use crate::{report, tui, sandbox};"),
        ("main.rs", "use gatewalk::cli;"),
    ] {
        assert_eq!(violations(file, text), BTreeSet::new(), "{file} {text}");
    }
}

/// A module, by the names on the way to it: `flow/token.rs` is `flow`, `token`.
type Module = Vec<String>;

/// The module a file is.
fn module(file: &str) -> Module {
    file.trim_end_matches(".rs").split('/').map(str::to_owned).collect()
}

/// The module a path in a file names: the longest beginning of it that is a file.
fn named_module(file: &str, path: &str, files: &BTreeSet<Module>) -> Option<Module> {
    let mut parts = path.split("::").peekable();
    let mut name = module(file);
    match parts.peek() {
        Some(&"crate") => {
            name.clear();
            parts.next();
        }
        Some(&"super") => {
            while parts.next_if_eq(&"super").is_some() {
                name.pop();
            }
        }
        _ => return None,
    }
    name.extend(parts.map(str::to_owned));
    while !name.is_empty() && !files.contains(&name) {
        name.pop();
    }
    files.contains(&name).then_some(name)
}

/// Which modules of a folder use which others of it, by the files in them; what tests use is left out.
fn siblings(sources: &BTreeMap<String, String>) -> BTreeMap<Module, BTreeSet<Module>> {
    let files: BTreeSet<_> = sources.keys().map(|file| module(file)).collect();
    let mut uses: BTreeMap<Module, BTreeSet<Module>> = BTreeMap::new();
    let is_test = |file: &str| file.split(['/', '.']).any(|name| name == "tests");
    for (file, text) in sources.iter().filter(|(file, _)| !is_test(file)) {
        let text = text.split("\n#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        let own = module(file);
        for path in paths(&code(text)) {
            let Some(other) = named_module(file, &path, &files) else { continue };
            let shared = own.iter().zip(&other).take_while(|(one, other)| one == other).count();
            if shared < own.len() && shared < other.len() {
                let entry = uses.entry(own[..=shared].to_vec()).or_default();
                entry.insert(other[..=shared].to_vec());
            }
        }
    }
    uses
}

/// The modules from which a module is reached again, one circle each.
fn circles(uses: &BTreeMap<Module, BTreeSet<Module>>) -> Vec<String> {
    let mut found = Vec::new();
    for start in uses.keys() {
        let mut reached = BTreeSet::new();
        let mut open = vec![start];
        while let Some(at) = open.pop() {
            for next in uses.get(at).into_iter().flatten() {
                if reached.insert(next) {
                    open.push(next);
                }
            }
        }
        if reached.contains(start) {
            found.push(start.join("::"));
        }
    }
    found
}

#[test]
fn no_module_uses_one_that_uses_it() {
    let sources = sources();
    all(&circles(&siblings(&sources)));
}

#[test]
fn a_circle_is_found() {
    let sources = |files: &[(&str, &str)]| -> BTreeMap<String, String> {
        files.iter().map(|(file, text)| ((*file).to_owned(), (*text).to_owned())).collect()
    };
    let folder = ("flow.rs", "mod a; mod b; mod c;");
    for circle in [
        [("flow/a.rs", "use super::b::B;"), ("flow/b.rs", "use super::a::A;"), ("flow/c.rs", "")],
        [
            ("flow/a.rs", "use super::b::B;"),
            ("flow/b.rs", "use crate::flow::c;"),
            ("flow/c.rs", "use super::{a, X};"),
        ],
        [
            ("flow/a/d.rs", "use super::super::b::B;"),
            ("flow/b.rs", "use super::a::A;"),
            ("flow/a.rs", "mod d;"),
        ],
    ] {
        let files = sources(&[&[folder][..], &circle[..]].concat());
        assert!(!circles(&siblings(&files)).is_empty(), "{circle:?}");
    }
    let files = sources(&[
        ("flow.rs", "use a::A; struct X;"),
        ("flow/a.rs", "use super::b::B; use super::X; use crate::exchange::Y;"),
        ("flow/b.rs", "use super::X;\n#[cfg(test)]\nmod tests {\n    use super::super::a;\n}"),
        ("exchange.rs", ""),
    ]);
    assert_eq!(circles(&siblings(&files)), Vec::<String>::new());
}

#[test]
fn every_file_opens_with_what_it_is_for() {
    let sources = sources();
    let wrong: Vec<_> =
        sources.iter().filter(|(_, text)| !text.starts_with("//! ")).map(|(file, _)| file).collect();
    all(&wrong);
}

#[test]
fn no_file_is_too_long() {
    let sources = sources();
    let lengths = sources.iter().map(|(file, text)| (text.lines().count(), file));
    let (longest, file) = lengths.max().expect("a file");
    println!("the longest file is src/{file} with {longest} lines");
    assert!(longest <= LONGEST, "src/{file} has {longest} lines, more than {LONGEST}");
}

#[test]
fn every_file_is_reached_by_a_mod_line() {
    let sources = sources();
    let mut orphans = Vec::new();
    for file in sources.keys().filter(|file| !matches!(file.as_str(), "lib.rs" | "main.rs")) {
        let (folder, name) =
            file.rsplit_once('/').map_or(("lib", file.as_str()), |(folder, name)| (folder, name));
        let line = format!("mod {};", name.trim_end_matches(".rs"));
        let parent = sources.get(&format!("{folder}.rs"));
        let declares =
            |text: &String| text.lines().any(|l| l.ends_with(&line) && !l.trim_start().starts_with("//"));
        if !parent.is_some_and(declares) {
            orphans.push(file);
        }
    }
    all(&orphans);
}

/// The paths in backticks: folders and Rust files.
fn quoted_paths(text: &str) -> impl Iterator<Item = &str> {
    let quoted = text.split('`').skip(1).step_by(2);
    quoted.filter(|word| Path::new(word).extension().is_some_and(|e| e == "rs") || word.ends_with('/'))
}

/// The paths of the paragraphs that begin with "To add a".
fn recipe_paths(text: &str) -> Vec<String> {
    let docs: Vec<_> = text.lines().map_while(|line| line.strip_prefix("//!")).map(str::trim).collect();
    let paragraphs = docs.split(|line| line.is_empty()).map(|lines| lines.join(" "));
    let recipes = paragraphs.filter(|paragraph| paragraph.starts_with("To add a"));
    recipes.flat_map(|recipe| quoted_paths(&recipe).map(str::to_owned).collect::<Vec<_>>()).collect()
}

#[test]
fn the_paths_in_recipes_exist() {
    let mut missing = Vec::new();
    let mut recipes = 0;
    for (file, text) in sources() {
        for path in recipe_paths(&text) {
            recipes += 1;
            let own = root().join("src").join(file.trim_end_matches(".rs"));
            let bases = [own, root().join("src"), root().to_path_buf()];
            if !bases.iter().any(|base| base.join(&path).exists()) {
                missing.push(format!("src/{file}: {path}"));
            }
        }
    }
    assert!(recipes > 0, "no recipe was found");
    all(&missing);
}

#[test]
fn contributors_are_sent_to_files_that_exist_and_to_every_recipe() {
    let guide = fs::read_to_string(root().join(".github/CONTRIBUTING.md")).expect("the guide");
    // The fences of a block are six backticks, which leaves the others in pairs.
    let named: BTreeSet<_> = quoted_paths(&guide).collect();
    let missing: Vec<_> = named.iter().filter(|path| !root().join(path).exists()).collect();
    all(&missing);
    let sources = sources();
    let with_recipe = sources.iter().filter(|(_, text)| text.contains("\n//! To add a"));
    let untold: Vec<_> = with_recipe
        .map(|(file, _)| format!("src/{file}"))
        .filter(|file| !named.contains(file.as_str()))
        .collect();
    all(&untold);
}

/// The files whose code has a text, strings included, tests not.
fn files_with(wanted: &str) -> Vec<String> {
    let is_test = |file: &str| file.split(['/', '.']).any(|name| name == "tests");
    let has = |text: &str| {
        let text = text.split("\n#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        text.lines().any(|line| !line.trim_start().starts_with("//") && line.contains(wanted))
    };
    sources().into_iter().filter(|(file, text)| !is_test(file) && has(text)).map(|(file, _)| file).collect()
}

#[test]
fn an_option_a_format_and_a_driver_each_have_few_places() {
    // Its use, its member of the scenario, its row.
    assert_eq!(
        files_with("headers_on_discovery"),
        ["flow.rs", "scenario/network.rs", "scenario/partial/network.rs"]
    );
    // Its row; what renders it is a file of its own.
    assert_eq!(files_with("Sarif"), ["report.rs"]);
    assert_eq!(files_with("\"sarif\""), ["report.rs"]);
    // Beside its row in `scenario/login.rs`: who goes through the login, how it is made of what files and options say.
    assert_eq!(files_with("Driver::Paste"), ["run/consent.rs", "scenario/partial/consent.rs"]);
}

//! `gatewalk help [TOPIC|COMMAND]`: the reference, a page a topic, and the help of commands.
//!
//! A topic is a Markdown file in `cli/help/` and its row in [`TOPICS`].

use std::fmt::Write as _;
use std::io::{self, IsTerminal as _, Write as _};

use clap::CommandFactory as _;
use termimad::{MadSkin, crossterm::style::Color};

use super::{Cli, Failure, explain};
use crate::scenario::closest;

/// What to tell of.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A topic or a command; the list of both without
    #[arg(value_name = "TOPIC|COMMAND")]
    names: Vec<String>,
}

/// A page of the reference.
struct Topic {
    name: &'static str,
    /// What it tells, for the list.
    summary: &'static str,
    /// Markdown; `{catalogue}` stands for the table of checks.
    text: &'static str,
}

macro_rules! topics {
    ($($name:literal: $summary:literal,)*) => {
        &[$(Topic { name: $name, summary: $summary, text: include_str!(concat!("help/", $name, ".md")) }),*]
    };
}

/// The reference, in the order a user comes to need it.
const TOPICS: &[Topic] = topics! {
    "screen": "keys, and what they show",
    "walk": "versions, steps, probes; the sandbox, its faults and variations",
    "login": "how consent is obtained: browser, paste, forms, WebDriver, a program",
    "client": "registration, credentials, grants, DPoP, what to do in the session",
    "network": "certificates, addresses, proxies, header fields",
    "scenario-files": "a target and its options, to keep beside your code",
    "ci": "exit codes; GitHub, GitLab, Kubernetes",
    "baseline": "what is known to fail, for a reason and until a day",
    "reports": "formats; replay and diff of stored runs",
    "secrets": "what is redacted, and how",
    "causes": "diagnoses, products and remedies",
    "clients": "which real clients get in, where the others stop, what to change",
    "checks": "what is judged",
};

/// The widest line of a page, in columns: longer ones are hard to read.
const WIDEST: usize = 100;

/// Prints the page.
pub(super) fn run(args: &Args) -> Result<u8, Failure> {
    let mut cli = Cli::command();
    let page = match args.names.as_slice() {
        [] => cli.render_long_help().ansi().to_string(),
        [name] if let Some(topic) = TOPICS.iter().find(|topic| topic.name == name) => shown(&topic.page()),
        names => command_help(&mut cli, names)?,
    };
    anstream::stdout().lock().write_all(page.as_bytes()).map_err(Failure::io("cannot print"))?;
    Ok(0)
}

impl Topic {
    fn page(&self) -> String {
        self.text.replace("{catalogue}", &explain::table())
    }
}

/// The help of a command, or of a command's command.
fn command_help(cli: &mut clap::Command, names: &[String]) -> Result<String, Failure> {
    cli.build();
    let mut command = cli;
    for name in names {
        let known: Vec<_> = command.get_subcommands().map(|known| known.get_name().to_owned()).collect();
        command = match command.find_subcommand_mut(name) {
            Some(command) => command,
            None => return Err(Failure::Usage(unknown(name, &known))),
        };
    }
    Ok(command.render_long_help().ansi().to_string())
}

fn unknown(name: &str, commands: &[String]) -> String {
    let known = || TOPICS.iter().map(|topic| topic.name).chain(commands.iter().map(String::as_str));
    if let Some(alike) = closest(name, known()) {
        return format!("there is no topic or command {name:?}; did you mean {alike}?");
    }
    let topics: Vec<_> = TOPICS.iter().map(|topic| topic.name).collect();
    format!("there is no topic or command {name:?}; the topics are {}", topics.join(", "))
}

/// The topics, for the end of the program's help.
pub(super) fn list() -> String {
    let mut list = String::from("Topics of `gatewalk help`:");
    for topic in TOPICS {
        let _ = write!(list, "\n  {:<15} {}", topic.name, topic.summary);
    }
    list
}

/// Markdown as a terminal shows it; as it is where it goes elsewhere.
fn shown(markdown: &str) -> String {
    if !io::stdout().is_terminal() {
        return markdown.to_owned();
    }
    let (columns, _) = termimad::terminal_size();
    rendered(markdown, usize::from(columns).clamp(20, WIDEST))
}

fn rendered(markdown: &str, columns: usize) -> String {
    let mut skin = MadSkin::default();
    skin.set_headers_fg(Color::Cyan);
    skin.inline_code.object_style.background_color = None;
    skin.code_block.compound_style.object_style.background_color = None;
    skin.inline_code.object_style.foreground_color = Some(Color::Green);
    skin.code_block.compound_style.object_style.foreground_color = Some(Color::Green);
    skin.headers.iter_mut().for_each(|header| header.align = termimad::Alignment::Left);
    skin.text(&unwrapped(markdown), Some(columns)).to_string()
}

/// Markdown with a paragraph a line, since the renderer takes every line for one.
fn unwrapped(markdown: &str) -> String {
    let mut page = String::new();
    let (mut is_code, mut is_text) = (false, false);
    for line in markdown.lines() {
        let fence = line.starts_with("```");
        let continues = !(is_code || fence || line.is_empty() || line.starts_with(['|', '#', '-']));
        page.push_str(if is_text && continues { " " } else { "\n" });
        page.push_str(line);
        is_code ^= fence;
        is_text = continues;
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_begins_with_its_title_and_shows_its_words() {
        for topic in TOPICS {
            let page = topic.page();
            assert!(page.starts_with("# "), "{}", topic.name);
            assert!(!page.contains('{') || topic.name != "checks", "{page}");
            let title = page.lines().next().unwrap().trim_start_matches("# ");
            assert!(rendered(&page, 80).contains(title), "{}", topic.name);
        }
    }

    #[test]
    fn the_readme_lists_the_topics_and_is_one_reading() {
        const README: &str = include_str!("../../README.md");
        for Topic { name, summary, .. } in TOPICS {
            assert!(README.contains(&format!("| `{name}` | {summary} |")), "README.md lacks {name}");
        }
        assert!(README.lines().count() <= 180);
    }

    #[test]
    fn every_option_of_a_walk_stands_in_a_page() {
        let mut cli = Cli::command();
        cli.build();
        let check = cli.find_subcommand("check").unwrap();
        for option in check.get_arguments().filter_map(clap::Arg::get_long).filter(|option| *option != "help")
        {
            let named = |text: &str| text.contains(&format!("--{option}"));
            assert!(TOPICS.iter().any(|topic| named(topic.text)), "no page names --{option}");
        }
    }

    #[test]
    fn every_key_of_scenario_files_stands_in_their_page() {
        fn keys(schema: &serde_json::Value) -> Vec<&str> {
            let properties = schema["properties"].as_object().into_iter().flatten();
            let inner = |(key, schema): (_, _)| -> Vec<&str> {
                let schema: &serde_json::Value = schema;
                let key: &String = key;
                [vec![key.as_str()], keys(schema), keys(&schema["items"])].concat()
            };
            properties.flat_map(inner).collect()
        }
        let pages: String = TOPICS.iter().map(|topic| topic.text).collect();
        let schema = crate::scenario::file::json_schema();
        let keys = keys(&schema);
        assert!(keys.contains(&"redirect_path") && keys.contains(&"id_token"), "{keys:?}");
        for key in keys {
            let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
            assert!(pages.split(|c| !is_word(c)).any(|word| word == key), "no page names {key}");
        }
    }

    #[test]
    fn a_paragraph_is_one_line() {
        let page = "# Title\n\none\ntwo\n\n```\na\nb\n```\n| x |\n| y |\nthree\nfour";
        let whole = "\n# Title\n\none two\n\n```\na\nb\n```\n| x |\n| y |\nthree four";
        assert_eq!(unwrapped(page), whole);
    }

    #[test]
    fn a_topic_is_no_command() {
        let cli = Cli::command();
        for topic in TOPICS {
            assert!(cli.find_subcommand(topic.name).is_none(), "{}", topic.name);
        }
    }

    #[test]
    fn a_word_that_is_neither_gets_the_nearest() {
        let mut cli = Cli::command();
        let said = |cli: &mut clap::Command, name: &str| {
            command_help(cli, &[name.to_owned()]).unwrap_err().to_string()
        };
        assert!(said(&mut cli, "scenario").contains("did you mean scenario-files?"));
        assert!(said(&mut cli, "frobnicate").contains("the topics are screen, walk"));
        assert!(command_help(&mut cli, &["replay".to_owned()]).unwrap().contains("gatewalk replay"));
    }
}

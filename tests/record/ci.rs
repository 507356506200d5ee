//! What users copy into their CI: the YAML of `gatewalk help ci` and the action, read as its systems read it, and its commands run.
//! And what this repository has CI, releases and forms by.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use gatewalk::sandbox::{PASSWORD, Plan, Sandbox, USERNAME};
use gatewalk::specification::ProtocolVersion;
use serde_json::Value;

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn yaml(text: &str) -> Value {
    serde_saphyr::from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// The YAML blocks of `gatewalk help ci`, in order: GitHub, GitLab, Kubernetes.
fn blocks() -> [Value; 3] {
    let page = std::fs::read_to_string(repository("src/cli/help/ci.md")).unwrap();
    let blocks = page.split("```yaml\n").skip(1).map(|rest| yaml(rest.split("```").next().unwrap()));
    blocks.collect::<Vec<_>>().try_into().unwrap()
}

fn texts(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
}

/// A folder with the scenario the snippets name, and the program on the path.
struct Place {
    folder: tempfile::TempDir,
    variables: BTreeMap<String, String>,
    _sandbox: Sandbox,
}

impl Place {
    async fn new() -> Self {
        let plan = Plan::honest(ProtocolVersion::DEFAULT);
        let sandbox = Sandbox::start(plan).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let fill = format!(
            "{{ username = \"{USERNAME}\", password = \"${{TEST_PASSWORD}}\", decision = \"allow\" }}"
        );
        let scenario = format!(
            "schema = 1\ntarget = \"{}\"\n[consent]\ndriver = \"form\"\nfill = {fill}\n",
            sandbox.target()
        );
        std::fs::write(folder.path().join("staging.toml"), scenario).unwrap();
        std::fs::create_dir(folder.path().join("bin")).unwrap();
        symlink(env!("CARGO_BIN_EXE_gatewalk"), folder.path().join("bin/gatewalk")).unwrap();
        let path = format!("{}:/usr/bin:/bin", folder.path().join("bin").display());
        let variables = BTreeMap::from([("PATH".to_owned(), path)]);
        Self { folder, variables, _sandbox: sandbox }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn set(&mut self, name: &str, value: impl Into<String>) {
        self.variables.insert(name.to_owned(), value.into());
    }

    fn run(&self, program: &str, arguments: &[&str]) -> Output {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(self.folder.path()).env_clear().envs(&self.variables);
        command.output().unwrap()
    }
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_action_runs_with_what_the_readme_gives_it() {
    let [github, ..] = blocks();
    let step = &github[0];
    let folder = step["uses"].as_str().unwrap().strip_prefix("./").unwrap();
    let action = yaml(&std::fs::read_to_string(repository(folder).join("action.yml")).unwrap());
    let (inputs, given) = (action["inputs"].as_object().unwrap(), step["with"].as_object().unwrap());
    assert!(given.keys().all(|name| inputs.contains_key(name)), "an input the action does not have");
    let input = |name: &str| {
        let value = given.get(name).or(inputs[name].get("default"));
        match value.unwrap_or_else(|| panic!("{name} is not given")) {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        }
    };
    let mut place = Place::new().await;
    place.set("TEST_PASSWORD", PASSWORD);
    place.set("GITHUB_ACTION_PATH", repository(folder).to_str().unwrap());
    for name in ["GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"] {
        std::fs::write(place.path(name), "").unwrap();
        place.set(name, place.path(name).to_str().unwrap());
    }
    let steps = action["runs"]["steps"].as_array().unwrap();
    assert_eq!(action["runs"]["using"], "composite");
    let mut outputs = BTreeMap::new();
    let mut ran = 0;
    for step in steps.iter().filter(|step| step["run"].is_string()) {
        assert_eq!(step["shell"], "bash", "a composite action names the shell of each step");
        for (name, value) in step["env"].as_object().unwrap() {
            let expression =
                value.as_str().unwrap().strip_prefix("${{ ").unwrap().strip_suffix(" }}").unwrap();
            let value = match expression.split_once('.').unwrap() {
                ("inputs", of) => input(of),
                ("steps", _) => outputs.get(expression.rsplit('.').next().unwrap()).cloned().unwrap(),
                _ => panic!("{expression}"),
            };
            place.set(name, value);
        }
        let output = place.run("bash", &["-e", "-o", "pipefail", "-c", step["run"].as_str().unwrap()]);
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        let told = std::fs::read_to_string(place.path("GITHUB_OUTPUT")).unwrap();
        outputs.extend(
            told.lines().filter_map(|line| line.split_once('=')).map(|(k, v)| (k.to_owned(), v.to_owned())),
        );
        ran += 1;
    }
    assert_eq!((ran, outputs.get("exit-code").map(String::as_str)), (2, Some("0")));
    // The last step fails the job as the walk did.
    place.set("CODE", "1");
    let last = steps.last().unwrap()["run"].as_str().unwrap();
    assert_eq!(place.run("bash", &["-c", last]).status.code(), Some(1));
    for step in steps.iter().filter(|step| step["with"].is_object()) {
        let folder = step["with"].as_object().unwrap().values().next_back().unwrap().as_str().unwrap();
        assert_eq!(folder, "${{ inputs.reports }}");
    }
    assert!(place.path(&input("reports")).join("1.sarif").is_file());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_gitlab_job_leaves_its_artifacts() {
    let [_, gitlab, _] = blocks();
    let job = &gitlab["gatewalk"];
    let mut place = Place::new().await;
    for line in texts(&job["script"]) {
        let missing = place.run("bash", &["-c", line]);
        assert_eq!(
            missing.status.code(),
            Some(2),
            "the password comes from the environment: {}",
            said(&missing)
        );
        place.set("TEST_PASSWORD", PASSWORD);
        let output = place.run("bash", &["-c", line]);
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    }
    assert_eq!(job["artifacts"]["when"], "always", "reports of a failed walk are wanted most");
    let junit = job["artifacts"]["reports"]["junit"].as_str().unwrap();
    for path in texts(&job["artifacts"]["paths"]).into_iter().chain([junit]) {
        assert!(place.path(path).is_file(), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_cron_job_runs_its_command_with_what_it_mounts() {
    let [.., manifest] = blocks();
    assert_eq!(
        (manifest["apiVersion"].as_str(), manifest["kind"].as_str()),
        (Some("batch/v1"), Some("CronJob"))
    );
    assert_eq!(manifest["spec"]["schedule"].as_str().unwrap().split(' ').count(), 5);
    let pod = &manifest["spec"]["jobTemplate"]["spec"]["template"]["spec"];
    assert_eq!(
        pod["restartPolicy"], "Never",
        "a job takes Never or OnFailure; a violation does not go away by itself"
    );
    let [container] = &pod["containers"].as_array().unwrap()[..] else { panic!("one container") };
    let volumes: Vec<_> = pod["volumes"].as_array().unwrap().iter().map(|volume| &volume["name"]).collect();
    let mut place = Place::new().await;
    let mut mounts = Vec::new();
    for mount in container["volumeMounts"].as_array().unwrap() {
        assert!(volumes.contains(&&mount["name"]), "{mount}");
        mounts.push(mount["mountPath"].as_str().unwrap());
    }
    assert_eq!(volumes.len(), mounts.len());
    for variable in container["env"].as_array().unwrap() {
        assert!(variable["valueFrom"]["secretKeyRef"]["key"].is_string(), "{variable}");
        place.set(variable["name"].as_str().unwrap(), PASSWORD);
    }
    // Here the mounted folders are this one.
    let here = place.folder.path().to_str().unwrap();
    let command: Vec<_> = texts(&container["command"])
        .into_iter()
        .map(|word| mounts.iter().fold(word.to_owned(), |word, mount| word.replace(mount, here)))
        .collect();
    let arguments: Vec<_> = command[1..].iter().map(String::as_str).collect();
    let program = place.path("bin").join(&command[0]);
    let output = place.run(program.to_str().unwrap(), &arguments);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let report = String::from_utf8_lossy(&output.stdout);
    assert!(place.path("staging.json").is_file() && report.contains("no violation found"), "{report}");
}

#[test]
fn the_workflow_of_this_repository_runs_what_is_there() {
    let workflow = yaml(&std::fs::read_to_string(repository(".github/workflows/ci.yml")).unwrap());
    let steps = workflow["jobs"]["run"]["steps"].as_array().unwrap();
    let run: Vec<_> = steps.iter().filter_map(|step| step["run"].as_str()).collect();
    assert_eq!(run, ["bash .ci/run"]);
    let checked = Command::new("bash").arg("-n").arg(repository(".ci/run")).status().unwrap();
    assert!(checked.success());
}

/// Every YAML file below `.github`, by its path there.
fn configuration() -> BTreeMap<String, String> {
    fn visit(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                visit(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "yml") {
                found.push(path);
            }
        }
    }
    let github = repository(".github");
    let mut found = Vec::new();
    visit(&github, &mut found);
    let named = |path: PathBuf| {
        let name = path.strip_prefix(&github).unwrap().to_str().unwrap().to_owned();
        (name, std::fs::read_to_string(path).unwrap())
    };
    found.into_iter().map(named).collect()
}

/// The actions of others that a file uses: name, what it is pinned to, the comment behind.
fn used(text: &str) -> Vec<(&str, &str, &str)> {
    let lines = text.lines().map(|line| line.trim_start().trim_start_matches("- "));
    let others = lines.filter_map(|line| line.strip_prefix("uses: ")).filter(|used| !used.starts_with("./"));
    let split = |used| {
        let (name, pinned): (&str, &str) = str::split_once(used, '@').unwrap();
        let (hash, comment) = pinned.split_once(" # ").unwrap_or((pinned, ""));
        (name, hash, comment)
    };
    others.map(split).collect()
}

#[test]
fn actions_of_others_are_pinned_by_commit_to_one_version_each() {
    let configuration = configuration();
    let mut versions: BTreeMap<&str, BTreeSet<(&str, &str)>> = BTreeMap::new();
    for (file, text) in &configuration {
        for (name, hash, comment) in used(text) {
            let is_commit = hash.len() == 40 && hash.chars().all(|c| c.is_ascii_hexdigit());
            assert!(is_commit, "{file}: {name}@{hash}: a tag can be moved");
            assert!(comment.starts_with('v'), "{file}: {name}: the version stands behind, as in # v4.2.2");
            versions.entry(name).or_default().insert((hash, comment));
        }
    }
    assert!(versions.contains_key("actions/checkout"), "no action was found");
    assert!(versions.values().all(|pins| pins.len() == 1), "{versions:#?}");
}

#[test]
fn workflows_may_read_and_say_where_they_need_more() {
    let workflows: Vec<_> =
        configuration().into_iter().filter(|(file, _)| file.starts_with("workflows/")).collect();
    assert!(workflows.len() > 1);
    for (file, text) in workflows {
        let workflow = yaml(&text);
        let permissions = workflow["permissions"].as_object().unwrap();
        assert!(permissions.values().all(|allowed| allowed == "read"), "{file}: permissions of all jobs");
        for (name, job) in workflow["jobs"].as_object().unwrap() {
            assert!(job["uses"].is_string() || job["timeout-minutes"].is_u64(), "{file}: {name} may hang");
            let steps = job["steps"].as_array().into_iter().flatten();
            let mut checkouts = steps
                .filter(|step| step["uses"].as_str().is_some_and(|u| u.starts_with("actions/checkout@")));
            let keeps = |step: &Value| step["with"]["persist-credentials"] != Value::Bool(false);
            assert!(!checkouts.any(keeps), "{file}: {name} leaves a token where what it runs can read it");
        }
    }
}

#[test]
fn forms_ask_what_they_can_be_answered() {
    let mut forms = 0;
    for (file, text) in configuration() {
        let form = yaml(&text);
        let Some(body) = form["body"].as_array() else { continue };
        assert!(form["name"].is_string() && form["description"].is_string(), "{file}");
        let mut ids = BTreeSet::new();
        for field in body {
            let attributes = &field["attributes"];
            if field["type"] == "markdown" {
                assert!(attributes["value"].is_string(), "{file}");
                continue;
            }
            let id = field["id"].as_str().unwrap();
            assert!(ids.insert(id.to_owned()), "{file}: {id} twice");
            assert!(attributes["label"].is_string(), "{file}: {id}");
            match field["type"].as_str().unwrap() {
                "input" | "textarea" => {}
                "dropdown" | "checkboxes" => assert!(attributes["options"].is_array(), "{file}: {id}"),
                other => panic!("{file}: {id} is a {other}"),
            }
            if id == "protocol-version" {
                assert_eq!(
                    texts(&attributes["options"]),
                    ProtocolVersion::ALL.map(ProtocolVersion::date),
                    "{file}"
                );
            }
        }
        forms += 1;
    }
    assert_eq!(forms, 3);
}

#[test]
fn a_tag_is_released_if_it_is_the_version() {
    let check = |tag: &str, here: Option<&str>| {
        let mut command = Command::new("bash");
        command.arg(repository(".github/release/check")).arg(tag).env_remove("GITHUB_REPOSITORY");
        if let Some(here) = here {
            command.env("GITHUB_SERVER_URL", "https://git.example").env("GITHUB_REPOSITORY", here);
        }
        command.output().unwrap()
    };
    let version = concat!("v", env!("CARGO_PKG_VERSION"));
    let output = check(version, None);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    for (tag, here, says) in [
        ("v99.0.0", None, "the tag is v99.0.0"),
        (env!("CARGO_PKG_VERSION"), None, "the tag has to be v"),
        (version, Some("someone/fork"), "https://git.example/someone/fork"),
    ] {
        let output = check(tag, here);
        assert_eq!(output.status.code(), Some(1), "{tag}");
        assert!(said(&output).contains(says), "{}", said(&output));
    }
}

//! What users copy into their CI: the YAML of the README and the action, read as its systems read it, and its commands run.

use std::collections::BTreeMap;
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

/// The YAML blocks of the README, in order: GitHub, GitLab, Kubernetes.
fn blocks() -> [Value; 3] {
    let readme = std::fs::read_to_string(repository("README.md")).unwrap();
    let blocks = readme.split("```yaml\n").skip(1).map(|rest| yaml(rest.split("```").next().unwrap()));
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
        let plan = Plan { protocol_version: ProtocolVersion::DEFAULT, preset: None, faults: Vec::new() };
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
    assert!(
        place.path("staging.json").is_file() && String::from_utf8_lossy(&output.stdout).contains("conforms")
    );
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

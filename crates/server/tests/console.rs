//! The commands, as somebody at a console meets them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "test code")]

mod support;

use std::io::Write;
use std::process::Stdio;

use support::{Server, bailiwick, printed, run};

const WORLD: &str = include_str!("../src/demo.yaml");

#[test]
fn a_world_is_applied_once_and_comes_back() {
    let place = tempfile::tempdir().unwrap();
    std::fs::write(place.path().join("world.yaml"), WORLD).unwrap();
    printed(&place, &["migrate"]);
    let dry = printed(&place, &["apply", "world.yaml", "--dry-run"]);
    assert!(dry.contains("+ north-clinic/cleo gains annotator at north-clinic/ct-scans"), "{dry}");
    assert!(dry.contains("nothing was changed"), "{dry}");
    assert_eq!(printed(&place, &["export"]).matches("north-clinic").count(), 0);
    assert!(printed(&place, &["apply", "world.yaml"]).contains("0 changed, 0 removed"));
    let again = printed(&place, &["apply", "world.yaml"]);
    assert!(again.contains("0 made, 0 changed, 0 removed"), "{again}");
    std::fs::write(place.path().join("exported.yaml"), printed(&place, &["export"])).unwrap();
    let back = printed(&place, &["apply", "exported.yaml", "--prune"]);
    assert!(back.contains("0 made, 0 changed, 0 removed"), "{back}");
}

#[test]
fn a_bad_world_file_is_refused_with_its_line() {
    let place = tempfile::tempdir().unwrap();
    std::fs::write(place.path().join("world.yaml"), WORLD.replace("role: annotator", "role: annotatr"))
        .unwrap();
    let output = run(&place, &["apply", "world.yaml"]);
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success());
    let line = WORLD.lines().position(|line| line.contains("role: annotator")).unwrap() + 1;
    assert!(error.contains(&format!("world.yaml:{line}")) && error.contains("annotatr"), "{error}");
    assert_eq!(printed(&place, &["export"]).matches("north-clinic").count(), 0);
}

#[test]
fn policy_files_are_checked_and_printed() {
    let place = tempfile::tempdir().unwrap();
    let files = concat!(env!("CARGO_MANIFEST_DIR"), "/../../policies");
    assert!(printed(&place, &["policy", "check", files]).contains("22 roles"));
    assert!(printed(&place, &["permissions"]).contains("annotator"));
    for name in ["model.conf", "roles.csv", "access_rules.json"] {
        std::fs::copy(format!("{files}/{name}"), place.path().join(name)).unwrap();
    }
    let roles = std::fs::read_to_string(place.path().join("roles.csv")).unwrap();
    std::fs::write(place.path().join("roles.csv"), roles.replacen("p, viewer, task,", "p, viewer, taks,", 1))
        .unwrap();
    let output = run(&place, &["policy", "check", "."]);
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && error.contains("roles.csv:") && error.contains("taks"), "{error}");
}

#[test]
fn what_changes_nothing_is_told_and_the_files_are_good() {
    let place = tempfile::tempdir().unwrap();
    let files = concat!(env!("CARGO_MANIFEST_DIR"), "/../../policies");
    assert!(!printed(&place, &["policy", "check"]).contains("warning"));
    for name in ["model.conf", "roles.csv", "access_rules.json"] {
        std::fs::copy(format!("{files}/{name}"), place.path().join(name)).unwrap();
    }
    let path = place.path().join("access_rules.json");
    let rules = std::fs::read_to_string(&path).unwrap();
    let was = r#""research-use": {
      "read-via-api": { "to": ["SuperAdmin", "BcsDeveloper"],"#;
    let is = was.replace("[\"SuperAdmin\"", "[\"registeredUser\", \"SuperAdmin\"");
    assert_eq!(rules.matches(was).count(), 1);
    std::fs::write(&path, rules.replace(was, &is)).unwrap();
    let line = rules.lines().position(|line| line.contains("research-use\": {")).unwrap() + 2;
    let warning =
        format!("warning: ./access_rules.json:{line}: `SuperAdmin` changes nothing beside `registeredUser`");
    let told = printed(&place, &["policy", "check", "."]);
    assert!(told.contains(&warning) && told.contains("22 roles"), "{told}");
    let _server = Server::start(&place, &["--demo", "--policies", "."]);
    let log = std::fs::read_to_string(place.path().join("log")).unwrap();
    assert_eq!(log.matches("`SuperAdmin` changes nothing beside").count(), 1, "{log}");
}

#[test]
fn access_rules_of_another_system_are_brought_over() {
    let place = tempfile::tempdir().unwrap();
    let files = concat!(env!("CARGO_MANIFEST_DIR"), "/../../policies");
    let original = concat!(env!("CARGO_MANIFEST_DIR"), "/../policy/src/tests/vachan");
    let routes = format!("{original}/api-permissions.csv");
    let import = ["policy", "import-vachan", "--permissions", &routes, "--rules"];
    for name in ["model.conf", "roles.csv"] {
        std::fs::copy(format!("{files}/{name}"), place.path().join(name)).unwrap();
    }
    let rules = format!("{original}/access_rules.json");
    let output = run(&place, &[&import[..], &[&rules, "--out", "access_rules.json"]].concat());
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && output.stdout.is_empty(), "{told}");
    assert!(told.contains("access_rules.json:37: `downloadable`, `download-n-save` is left out: "), "{told}");
    assert!(printed(&place, &["policy", "check", "."]).contains("22 roles"));
    let told = printed(&place, &["--policies", ".", "policy", "test", &format!("{files}/cases.yaml")]);
    assert!(told.contains("all as the table says"), "{told}");
    let written = std::fs::read_to_string(place.path().join("access_rules.json")).unwrap();
    assert_eq!(printed(&place, &[&import[..], &[&rules]].concat()), written);

    let bad =
        std::fs::read_to_string(&rules).unwrap().replacen("[\"registeredUser\"]", "\"registeredUser\"", 1);
    std::fs::write(place.path().join("bad.json"), bad).unwrap();
    let output = run(&place, &[&import[..], &["bad.json", "--out", "none.json"]].concat());
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && told.contains("bad.json:3: /meta-content/create: "), "{told}");
    assert!(!place.path().join("none.json").exists());
}

#[test]
fn who_would_gain_or_lose_by_other_policy_files_is_told() {
    let place = tempfile::tempdir().unwrap();
    let files = concat!(env!("CARGO_MANIFEST_DIR"), "/../../policies");
    std::fs::create_dir(place.path().join("new")).unwrap();
    for name in ["model.conf", "roles.csv", "access_rules.json"] {
        let text = std::fs::read_to_string(format!("{files}/{name}")).unwrap();
        let text = text.replace("p, annotator, task, edit, own", "p, annotator, task, delete, own");
        std::fs::write(place.path().join("new").join(name), text).unwrap();
    }
    assert!(!run(&place, &["policy", "diff", files, "new"]).status.success(), "there is no database");
    std::fs::write(place.path().join("world.yaml"), WORLD).unwrap();
    printed(&place, &["apply", "world.yaml"]);
    // Cleo has two tasks, and comes through six apps; what is assigned to her, she does not delete.
    let told = printed(&place, &["policy", "diff", files, "new"]);
    let line = "north-clinic/cleo (default): -task:edit 2, by role annotator, which gives task:edit:own";
    assert!(told.contains(line) && told.ends_with("0 gains, 12 losses, 6 concerned\n"), "{told}");
    let same = printed(&place, &["policy", "diff", files, files, "--fail-on", "any"]);
    assert!(same.ends_with("0 gains, 0 losses, 0 concerned\n"), "{same}");
    for (which, fails) in [("gain", false), ("loss", true), ("any", true)] {
        let output = run(&place, &["policy", "diff", files, "new", "--fail-on", which]);
        assert_eq!(output.status.success(), !fails, "{which}");
    }
    let json: serde_json::Value =
        serde_json::from_str(&printed(&place, &["policy", "diff", files, "new", "--json"])).unwrap();
    assert_eq!((&json["losses"], &json["totals"][0]["change"]), (&12.into(), &"loss".into()));
    let error = run(&place, &["policy", "diff", files, "elsewhere"]).stderr;
    assert!(String::from_utf8(error).unwrap().contains("elsewhere"));
}

#[test]
fn the_document_and_the_schema_are_told() {
    let place = tempfile::tempdir().unwrap();
    assert!(printed(&place, &["openapi"]).contains("\"x-permission\""));
    assert!(!run(&place, &["migrate", "--status"]).status.success(), "there is no database");
    assert!(!printed(&place, &["migrate"]).contains("pending"));
    assert!(printed(&place, &["migrate", "--status"]).contains("applied"));
    let error = run(&place, &["--database", "sqlite:///no/such/place.db", "migrate"]).stderr;
    assert!(String::from_utf8(error).unwrap().contains("can't be reached"));
}

#[test]
fn settings_come_from_file_environment_and_flags_in_that_order() {
    let place = tempfile::tempdir().unwrap();
    std::fs::write(place.path().join("bailiwick.toml"), "database = \"sqlite://file.db?mode=rwc\"\n")
        .unwrap();
    printed(&place, &["migrate"]);
    assert!(place.path().join("file.db").exists());
    let output =
        bailiwick(&place, &["migrate"]).env("BAILIWICK_DATABASE", "sqlite://env.db?mode=rwc").output();
    assert!(output.unwrap().status.success() && place.path().join("env.db").exists());
    let mut flags = bailiwick(&place, &["--database", "sqlite://flag.db?mode=rwc", "migrate"]);
    let output = flags.env("BAILIWICK_DATABASE", "sqlite://other.db?mode=rwc").output().unwrap();
    assert!(output.status.success() && place.path().join("flag.db").exists());
    assert!(!place.path().join("other.db").exists());
    std::fs::write(place.path().join("bailiwick.toml"), "databse = \"memory:\"\n").unwrap();
    let output = run(&place, &["migrate"]);
    assert!(!output.status.success() && String::from_utf8(output.stderr).unwrap().contains("databse"));
}

#[test]
fn the_first_start_prints_a_secret_that_is_good_once() {
    let place = tempfile::tempdir().unwrap();
    let mut server = Server::start(&place, &[]);
    let told = server.read_until("PASSWORD");
    let secret = told.split("\"secret\": \"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    let body = format!(
        r#"{{"secret": "{secret}", "organization": "acme", "username": "root", "password": "a long password"}}"#
    );
    let address = format!("http://{}/api/v1/auth/bootstrap", server.address);
    let post = || {
        let curl = std::process::Command::new("curl")
            .args(["-s", "-o", "/dev/null", "-w", "%{http_code}", &address])
            .args(["-H", "Content-Type: application/json", "-d", &body])
            .output();
        String::from_utf8(curl.unwrap().stdout).unwrap()
    };
    assert_eq!(post(), "201");
    assert_eq!(post(), "401");
    server.signal("TERM");
    assert_eq!(server.ended().0, Some(0));
    let server = Server::start(&place, &[]);
    server.signal("TERM");
    assert!(!server.ended().1.contains("secret"), "a server with data offers no bootstrap");
}

#[test]
fn a_password_is_set_from_standard_input() {
    let place = tempfile::tempdir().unwrap();
    std::fs::write(place.path().join("world.yaml"), WORLD).unwrap();
    printed(&place, &["apply", "world.yaml"]);
    let set = |user: &str, password: &str| {
        let mut child = bailiwick(&place, &["user", "set-password", user])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        writeln!(child.stdin.take().unwrap(), "{password}").unwrap();
        let output = child.wait_with_output().unwrap();
        (output.status.success(), String::from_utf8(output.stderr).unwrap())
    };
    assert!(set("north-clinic/ada", "a long password").0);
    let (done, error) = set("north-clinic/ada", "short");
    assert!(!done && error.contains("8"), "{error}");
    let (done, error) = set("north-clinic/nobody", "a long password");
    assert!(!done && error.contains("there is no user"), "{error}");
}

#[test]
fn the_demo_listens_to_this_machine_alone() {
    let place = tempfile::tempdir().unwrap();
    let output = run(&place, &["serve", "--demo", "--listen", "0.0.0.0:0"]);
    assert!(!output.status.success());
    assert!(String::from_utf8(output.stderr).unwrap().contains("loopback"));
}

#[test]
fn a_hangup_reloads_the_policy_files_and_a_bad_one_changes_nothing() {
    let place = tempfile::tempdir().unwrap();
    let files = concat!(env!("CARGO_MANIFEST_DIR"), "/../../policies");
    for name in ["model.conf", "roles.csv", "access_rules.json"] {
        std::fs::copy(format!("{files}/{name}"), place.path().join(name)).unwrap();
    }
    let server = Server::start(&place, &["--demo", "--policies", "."]);
    let version = || {
        let ready = format!("http://{}/health/ready", server.address);
        let curl = std::process::Command::new("curl").args(["-s", &ready]).output().unwrap();
        String::from_utf8(curl.stdout).unwrap()
    };
    let first = version();
    let roles = std::fs::read_to_string(place.path().join("roles.csv")).unwrap();
    let wait_for = |text: &str| {
        for _ in 0..100 {
            if std::fs::read_to_string(place.path().join("log")).unwrap().contains(text) {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        panic!("the log never says {text}");
    };
    std::fs::write(place.path().join("roles.csv"), roles.replacen("p, viewer, task,", "p, viewer, taks,", 1))
        .unwrap();
    server.signal("HUP");
    wait_for("taks");
    assert_eq!(version(), first);
    std::fs::write(place.path().join("roles.csv"), format!("{roles}\n# a remark\n")).unwrap();
    server.signal("HUP");
    wait_for("new policy files are in force");
    assert_ne!(version(), first);
}

#[test]
fn serving_is_what_is_done_where_nothing_else_is_said() {
    let place = tempfile::tempdir().unwrap();
    let told = |arguments: &[&str]| {
        let output = run(&place, arguments);
        assert!(!output.status.success(), "{arguments:?}");
        let error = String::from_utf8(output.stderr).unwrap();
        error.lines().last().unwrap_or_default().to_owned()
    };
    let refused = told(&["serve", "--demo", "--listen", "192.0.2.1:80"]);
    assert!(refused.contains("loopback"), "{refused}");
    for alike in [
        ["--demo", "--listen", "192.0.2.1:80", "serve"],
        ["--demo", "serve", "--listen", "192.0.2.1:80"],
        ["--listen", "192.0.2.1:80", "serve", "--demo"],
    ] {
        assert_eq!(told(&alike), refused, "{alike:?}");
    }
    assert_eq!(told(&["--demo", "--listen", "192.0.2.1:80"]), refused);
    assert!(told(&["--demo", "export"]).contains("for `bailiwick serve` alone"));
}

/// Who starts a server without its database is told why, once, and not the password.
#[cfg(any(feature = "postgres", feature = "mysql"))]
#[test]
fn a_database_that_does_not_answer_is_told_of() {
    let place = tempfile::tempdir().unwrap();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let scheme = if cfg!(feature = "postgres") { "postgres" } else { "mysql" };
    let url = format!("{scheme}://ada:hidden@{free}/none");
    let mut command = bailiwick(&place, &["migrate"]);
    command.env("BAILIWICK_DATABASE", url).env("BAILIWICK_STORAGE__WAIT", "1");
    let output = command.output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success());
    assert_eq!(error.matches("no connection within 1 s; does a server listen there?").count(), 1, "{error}");
    assert!(!error.contains("pool timed out") && !error.contains("hidden"), "{error}");
}

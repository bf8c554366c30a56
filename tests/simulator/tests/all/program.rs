//! The binary.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::http::request;

#[test]
fn the_program_says_where_it_listens_and_ends_with_its_input() {
    let mut program = Command::new(env!("CARGO_BIN_EXE_panda-simulator"))
        .args(["--exit-with-stdin", "--users", "5", "--project", "demo"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut line = String::new();
    BufReader::new(program.stdout.take().expect("a pipe"))
        .read_line(&mut line)
        .expect("a line");
    let ready: Value = serde_json::from_str(&line).expect("JSON");
    let base_url = ready["baseUrl"].as_str().expect("a text");
    assert!(base_url.ends_with("/demo"));
    assert_eq!(
        (&ready["username"], &ready["caFile"]),
        (&"xiaomi".into(), &Value::Null)
    );
    let users = format!("{base_url}/PandaOMS/OMS/GetUsers");
    assert_eq!(
        request("GET", &users, &[], "").expect("an answer").status,
        401
    );

    drop(program.stdin.take());
    assert!(program.wait().expect("an end").success());
}

#[test]
fn mistakes_on_the_command_line_are_named() {
    let output = Command::new(env!("CARGO_BIN_EXE_panda-simulator"))
        .args(["--behaviour", r#"{"tokenlife":1}"#])
        .output()
        .expect("the program runs");
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("tokenlife"));
}

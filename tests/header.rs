//! `include/panda_water.h` is what cbindgen makes of the source.
//!
//! `UPDATE_HEADER=1 cargo test --test header` writes it anew.

use std::path::Path;
use std::{env, fs};

fn generate() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let config = cbindgen::Config::from_file(root.join("cbindgen.toml")).unwrap();
    let mut header = Vec::new();
    cbindgen::Builder::new()
        .with_crate(root)
        .with_config(config)
        .generate()
        .unwrap()
        .write(&mut header);
    finish(&String::from_utf8(header).unwrap())
}

/// What cbindgen has no setting for: a calling convention between a function's result and its name,
/// parentheses around negative numbers, comments of C89 alone, and a heading of C for preconditions.
fn finish(header: &str) -> String {
    let mut in_comment = false;
    let lines = header.lines().map(|line| {
        in_comment |= line.trim_start().starts_with("/*");
        let is_code = !in_comment;
        in_comment &= !line.contains("*/");
        if !is_code {
            return line.replace("# Safety", "Precondition:");
        }
        if let Some((directive, comment)) = line.split_once(" // ") {
            return format!("{} /* {comment} */", directive.trim_end());
        }
        if let Some((define, number)) = line
            .split_once(" -")
            .filter(|_| line.starts_with("#define"))
        {
            return format!("{define} (-{number})");
        }
        if line.starts_with("typedef") {
            return line.replace("(*", "(PANDA_CALL *");
        }
        match line.find(" panda_").or_else(|| line.find("*panda_")) {
            Some(name) if line.contains('(') => {
                format!(
                    "{} PANDA_CALL {}",
                    line[..=name].trim_end(),
                    &line[name + 1..]
                )
            }
            // The further arguments stay below the first.
            _ if line.starts_with("  ") => format!("{}{line}", " ".repeat("PANDA_CALL ".len())),
            _ => line.to_owned(),
        }
    });
    let mut lines: Vec<String> = lines.collect();
    lines.dedup_by(|line, before| line.is_empty() && before.is_empty());
    lines.join("\n") + "\n"
}

#[test]
fn the_committed_header_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("include/panda_water.h");
    let generated = generate();
    if env::var_os("UPDATE_HEADER").is_some() {
        fs::write(&path, &generated).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == generated,
        "include/panda_water.h is out of date; run: UPDATE_HEADER=1 cargo test --test header"
    );
    let exports = generated
        .lines()
        .filter(|line| line.contains("PANDA_CALL panda_"))
        .count();
    assert!(exports >= 21, "{exports} functions in the header");
}

//! The C library's link settings, and its header, by cbindgen.

use std::path::Path;
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        // The number is raised when compiled callers would break.
        println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libpanda_water.so.1");
        // Hosts that unload plug-ins must not unmap what a thread may still return to.
        println!("cargo::rustc-cdylib-link-arg=-Wl,-z,nodelete");
        // Cargo strips no symbols where `lib` is among the crate's types. Whoever asks for debug
        // information keeps them.
        if env::var("DEBUG").as_deref() == Ok("false") {
            println!("cargo::rustc-cdylib-link-arg=-Wl,--strip-all");
        }
    }
    write_header(Path::new("include/panda_water.h"));
}

/// Writes the header where the interface changed. It is committed; nothing else is written outside
/// of Cargo's own folder.
fn write_header(path: &Path) {
    println!("cargo::rerun-if-changed=src/ffi");
    println!("cargo::rerun-if-changed=cbindgen.toml");
    println!("cargo::rerun-if-changed={}", path.display());
    let header = finish(&generate());
    if fs::read_to_string(path).ok().as_ref() != Some(&header) {
        fs::write(path, header).expect("the header can be written");
    }
}

fn generate() -> String {
    let config = cbindgen::Config::from_file("cbindgen.toml").expect("cbindgen.toml is valid");
    let mut header = Vec::new();
    cbindgen::Builder::new()
        .with_config(config)
        .with_src("src/ffi/mod.rs")
        .generate()
        .expect("the exports can be written as C")
        .write(&mut header);
    String::from_utf8(header).expect("cbindgen writes UTF-8")
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

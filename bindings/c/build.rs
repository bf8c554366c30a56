//! Link settings of the shared library.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        // The number is raised when compiled callers would break.
        println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libpanda_water.so.1");
        // Hosts that unload plug-ins must not unmap what a thread may still return to.
        println!("cargo::rustc-cdylib-link-arg=-Wl,-z,nodelete");
    }
}

//! The simulator as a program of its own.

use std::io::{self, Read, Write};
use std::process::ExitCode;

use clap::Parser;
use panda_simulator::{Options, Simulator};
use tokio::sync::oneshot;

fn main() -> ExitCode {
    match run(Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("panda-simulator: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: Options) -> io::Result<()> {
    let exit_with_stdin = options.exit_with_stdin;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    // Listened for before the line is printed: whoever reads it may send one at once.
    let signals = runtime.block_on(async { stop_signal() })?;
    let simulator = Simulator::start(options)?;
    let mut output = io::stdout();
    writeln!(output, "{}", serde_json::to_string(simulator.ready())?)?;
    output.flush()?;
    runtime.block_on(async {
        tokio::select! {
            () = signals => {}
            () = stdin_closed(), if exit_with_stdin => {}
        }
    });
    Ok(())
}

#[cfg(unix)]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

#[cfg(windows)]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    let mut interrupt = tokio::signal::windows::ctrl_c()?;
    Ok(async move {
        interrupt.recv().await;
    })
}

/// Waits on a thread of its own: a pending read of standard input cannot be taken back.
async fn stdin_closed() {
    let (closed, wait) = oneshot::channel::<()>();
    std::thread::spawn(move || {
        let mut ignored = [0; 1024];
        while matches!(io::stdin().read(&mut ignored), Ok(1..)) {}
        drop(closed);
    });
    let _ = wait.await;
}

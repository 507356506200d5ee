//! Parse, choose a face, exit.

fn main() -> std::process::ExitCode {
    gatewalk::cli::main()
}

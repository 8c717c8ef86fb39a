//! The machine's name, since a figure without one says nothing.

use std::fs;

/// CPU, cores, memory and operating system, in a sentence.
pub fn describe() -> String {
    let cpu = field("/proc/cpuinfo", "model name").unwrap_or_else(|| std::env::consts::ARCH.to_owned());
    let family = field("/proc/cpuinfo", "cpu family").map(|it| format!(" family {it}")).unwrap_or_default();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let memory = field("/proc/meminfo", "MemTotal").unwrap_or_else(|| "memory unknown".to_owned());
    let system = field_by("/etc/os-release", "PRETTY_NAME", '=').unwrap_or_else(|| std::env::consts::OS.to_owned());
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let memory = memory.trim_end_matches(" kB").parse().map_or(memory.clone(), |kb: f64| format!("{:.0} GB", kb / 1e6));
    format!("Machine: {cpu}{family}, {cores} cores, {memory}; {system}, kernel {}.", kernel.trim())
}

/// The load average of the last minute.
pub fn load() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().filter(|it| !it.is_empty()).unwrap_or("unknown").to_owned()
}

/// A value of a file of `name: value` lines.
pub fn field(path: &str, name: &str) -> Option<String> {
    field_by(path, name, ':')
}

fn field_by(path: &str, name: &str, separator: char) -> Option<String> {
    fs::read_to_string(path).ok()?.lines().find_map(|line| {
        let (key, value) = line.split_once(separator)?;
        (key.trim() == name).then(|| value.trim().trim_matches('"').to_owned())
    })
}

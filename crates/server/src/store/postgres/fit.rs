//! Whether a PostgreSQL server may keep the record: new enough to be tested, and set to keep what it acknowledges.

/// The oldest server that is tested, as the server writes its version.
const OLDEST: i32 = 150_000;

/// Asks the server for what it says of itself, and gives what is wrong with it, if anything.
///
/// # Errors
/// As `setting`, which reads one setting.
pub(super) fn unfit<E>(mut setting: impl FnMut(&str) -> Result<String, E>) -> Result<Option<String>, E> {
    let version = setting("server_version_num")?;
    // A version that is no number is not known to be new enough.
    if !version.parse::<i32>().is_ok_and(|version| version >= OLDEST) {
        return Ok(Some(format!("its version is {}; 15 or later is needed", setting("server_version")?)));
    }
    for name in ["fsync", "full_page_writes"] {
        if setting(name)? != "on" {
            return Ok(Some(format!("its setting `{name}` is off, so it may lose what it acknowledged")));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_before_version_15_or_one_that_does_not_sync_is_unfit() {
        let told = |number: &str, version: &str, off: &str| {
            unfit(|name| {
                Ok::<_, ()>(match name {
                    "server_version_num" => number.to_owned(),
                    "server_version" => version.to_owned(),
                    name => (if name == off { "off" } else { "on" }).to_owned(),
                })
            })
            .unwrap()
        };
        let old = |version: &str| Some(format!("its version is {version}; 15 or later is needed"));
        assert_eq!(told("140012", "14.12 (Debian)", ""), old("14.12 (Debian)"));
        assert_eq!(told("90624", "9.6.24", ""), old("9.6.24"));
        assert_eq!(told("new", "new", ""), old("new"));
        assert_eq!(told("150000", "15.0", ""), None);
        assert_eq!(told("180001", "18.1", ""), None);
        for name in ["fsync", "full_page_writes"] {
            assert!(told("150000", "15.0", name).is_some_and(|what| what.contains(name)));
        }
        assert_eq!(unfit(|_| Err::<String, _>("gone")), Err("gone"));
    }
}

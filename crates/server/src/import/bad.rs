//! The list of bad rows: each with file, row, column and reason, in a file beside the record.
//!
//! Written as they come, so that a file with a million bad rows needs no memory for them; the first few are kept to be shown.
//! Deliberately not kept: the rows themselves, which stay where they are, in the file that was read.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use super::BadRow;

/// How many are kept to be shown.
pub const SHOWN: usize = 20;

/// Counts bad rows, keeps the first, and writes all to a file if one was named.
#[derive(Debug)]
pub struct BadRows {
    name: String,
    path: Option<PathBuf>,
    writer: Option<csv::Writer<File>>,
    error: Option<io::Error>,
    /// How many there were.
    pub count: u64,
    /// The first of them.
    pub first: Vec<BadRow>,
}

impl BadRows {
    /// A list for the file `read`; with `folder`, written there as `import-errors-<name>.csv` once there is one.
    ///
    /// # Errors
    /// When the list of an earlier import of the same file cannot be removed.
    pub fn new(read: &Path, folder: Option<&Path>) -> io::Result<Self> {
        let name = read.file_name().map_or_else(|| "file".to_owned(), |name| name.to_string_lossy().into_owned());
        let path = folder.map(|folder| folder.join(format!("import-errors-{}.csv", name.replace('.', "-"))));
        match path.as_ref().map(fs::remove_file) {
            Some(Err(error)) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        Ok(BadRows { name, path, writer: None, error: None, count: 0, first: Vec::new() })
    }

    /// Adds one.
    pub fn add(&mut self, bad: BadRow) {
        self.count += 1;
        if self.error.is_none()
            && let Err(error) = self.write(&bad)
        {
            self.error = Some(error);
        }
        if self.first.len() < SHOWN {
            self.first.push(bad);
        }
    }

    fn write(&mut self, bad: &BadRow) -> io::Result<()> {
        let Some(path) = &self.path else { return Ok(()) };
        if self.writer.is_none() {
            let mut writer = csv::Writer::from_path(path).map_err(io::Error::other)?;
            writer.write_record(["file", "row", "column", "reason"]).map_err(io::Error::other)?;
            self.writer = Some(writer);
        }
        let Some(writer) = &mut self.writer else { return Ok(()) };
        writer
            .write_record([&self.name, &bad.row.to_string(), bad.column.as_deref().unwrap_or(""), &bad.reason])
            .map_err(io::Error::other)
    }

    /// Closes the list: where it lies, if there was anything to write.
    ///
    /// # Errors
    /// The first failure to write it.
    pub fn finish(mut self) -> io::Result<(u64, Vec<BadRow>, Option<PathBuf>)> {
        if let Some(error) = self.error {
            return Err(error);
        }
        match self.writer.take() {
            Some(mut writer) => {
                writer.flush()?;
                Ok((self.count, self.first, self.path))
            }
            None => Ok((self.count, self.first, None)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_are_written_the_first_are_kept_and_an_old_list_goes() {
        let folder = tempfile::tempdir().unwrap();
        let read = folder.path().join("release.csv.zst");
        let mut list = BadRows::new(&read, Some(folder.path())).unwrap();
        for row in 1..=50 {
            list.add(BadRow { row, column: Some("city".to_owned()), reason: "a \"reason\", with a comma".to_owned() });
        }
        let (count, first, path) = list.finish().unwrap();
        assert_eq!((count, first.len()), (50, SHOWN));
        let path = path.unwrap();
        assert!(path.ends_with("import-errors-release-csv-zst.csv"));
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(text.lines().count(), 51);
        assert!(text.contains("release.csv.zst,50,city,\"a \"\"reason\"\", with a comma\""));
        let none = BadRows::new(&read, Some(folder.path())).unwrap().finish().unwrap();
        assert_eq!((none.0, none.2), (0, None));
        assert!(!path.exists());
    }
}

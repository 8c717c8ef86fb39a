//! One connection to a server that is kept, and the calls over it.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
};

use anyhow::{Context as _, Result, ensure};

/// One connection that is kept.
pub struct Line(BufReader<TcpStream>);

impl Line {
    /// A connection to this address.
    pub fn to(address: &str) -> Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Self(BufReader::new(stream)))
    }

    /// The status, the head and the body of the answer.
    pub fn call(&mut self, head: &str, body: &[u8]) -> Result<(u16, String, Vec<u8>)> {
        let head = format!("{head}\r\nhost: localhost\r\ncontent-length: {}\r\n\r\n", body.len());
        let stream = self.0.get_mut();
        stream.write_all(head.as_bytes())?;
        stream.write_all(body)?;
        let (mut lines, mut length) = (String::new(), 0);
        loop {
            let mut line = String::new();
            ensure!(self.0.read_line(&mut line)? > 0, "the server closed the connection");
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse()?;
            }
            if line == "\r\n" {
                break;
            }
            lines.push_str(&line);
        }
        let mut answer = vec![0; length];
        self.0.read_exact(&mut answer)?;
        let status = lines.get(9..12).context("no status")?.parse()?;
        Ok((status, lines, answer))
    }

    /// What the head of an answer says under this name.
    pub fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
        let pairs = head.lines().filter_map(|line| line.split_once(": "));
        pairs.filter(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim()).next()
    }
}

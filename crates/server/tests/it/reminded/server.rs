//! A mail server on this machine, in the clear or secured: what it hears of passwords and mails.
//!
//! Its certificate and the authority that signed it are invented and lie in `mail/`: P-256, for `localhost`, good for a hundred years, made
//! with `openssl req -x509` and `openssl x509 -req`. The authority's key was thrown away.

use std::{
    io::{BufRead as _, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc,
        mpsc::{Receiver, Sender, channel},
    },
    thread,
};

use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
};

const CERTIFICATE: &[u8] = include_bytes!("mail/server.der");
const KEY: &[u8] = include_bytes!("mail/server.key.der");

/// When the line is secured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secured {
    Never,
    /// When the caller asks for it.
    Start,
    /// From the first byte on.
    Whole,
}

/// What arrived.
#[derive(Debug, PartialEq, Eq)]
pub enum Heard {
    Password { secured: bool, text: String },
    Mail(String),
}

/// How a conversation ended.
enum Ended {
    Said,
    /// The caller wants the line secured.
    Start,
}

/// Takes mails and hands over what it hears.
pub fn mail_server(secured: Secured) -> (u16, Receiver<Heard>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (sender, heard) = channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            // A caller who does not trust the certificate breaks off.
            let _ = serve(stream.unwrap(), secured, &sender);
        }
    });
    (port, heard)
}

fn serve(mut stream: TcpStream, secured: Secured, heard: &Sender<Heard>) -> std::io::Result<()> {
    if secured == Secured::Whole {
        return converse(&mut tls(stream), true, Secured::Never, true, heard).map(drop);
    }
    match converse(&mut stream, true, secured, false, heard)? {
        Ended::Said => Ok(()),
        Ended::Start => converse(&mut tls(stream), false, Secured::Never, true, heard).map(drop),
    }
}

fn tls(stream: TcpStream) -> StreamOwned<ServerConnection, TcpStream> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(KEY));
    let config = config.with_no_client_auth().with_single_cert(vec![CertificateDer::from(CERTIFICATE)], key).unwrap();
    StreamOwned::new(ServerConnection::new(Arc::new(config)).unwrap(), stream)
}

/// Speaks as far as `STARTTLS`, `QUIT` or the end. The line is unsecured until the caller asks, so nothing is read ahead of it.
fn converse(
    stream: &mut (impl Read + Write),
    greets: bool,
    offers: Secured,
    secured: bool,
    heard: &Sender<Heard>,
) -> std::io::Result<Ended> {
    let mut stream = BufReader::with_capacity(1, stream);
    if greets {
        write!(stream.get_mut(), "220 mail.example\r\n")?;
    }
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line)? == 0 {
            return Ok(Ended::Said);
        }
        let line = line.trim_end();
        let answer = match line.get(..4).unwrap_or_default() {
            "EHLO" if offers == Secured::Start => "250-mail.example\r\n250-STARTTLS\r\n250 AUTH PLAIN".to_owned(),
            "EHLO" => "250-mail.example\r\n250 AUTH PLAIN".to_owned(),
            "STAR" => {
                write!(stream.get_mut(), "220 go on\r\n")?;
                return Ok(Ended::Start);
            }
            "AUTH" => {
                let text = line.rsplit(' ').next().unwrap_or_default();
                let text = String::from_utf8(base64(text)).unwrap();
                heard.send(Heard::Password { secured, text }).unwrap();
                "235 welcome".to_owned()
            }
            "DATA" => {
                write!(stream.get_mut(), "354 go on\r\n")?;
                let lines = stream.by_ref().lines().map_while(Result::ok).take_while(|line| line != ".");
                heard.send(Heard::Mail(lines.collect::<Vec<_>>().join("\n"))).unwrap();
                "250 kept".to_owned()
            }
            "QUIT" => {
                write!(stream.get_mut(), "221 bye\r\n")?;
                return Ok(Ended::Said);
            }
            _ => "250 good".to_owned(),
        };
        write!(stream.get_mut(), "{answer}\r\n")?;
    }
}

fn base64(text: &str) -> Vec<u8> {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    STANDARD.decode(text).unwrap()
}

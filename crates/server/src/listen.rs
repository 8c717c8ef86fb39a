//! Listeners: taking an address, and the end of a serving process, told once and heard by every listener, also by one that
//! begins afterwards. A caller who takes nothing of what is answered is let go, so that answers hold no memory for ever.

use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    task::{Context as Call, Poll, ready},
    time::Duration,
};

use anyhow::{Context as _, Result};
use axum::Router;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    select,
    signal::unix::{SignalKind, signal},
    sync::watch,
    time::{Instant, Sleep, sleep},
};

/// How long calls that are under way may go on after the word to stop. Whatever was acknowledged is durable before.
pub const GRACE: Duration = Duration::from_secs(10);

/// How long a caller may take nothing of an answer that waits for it.
pub const STALL: Duration = Duration::from_secs(30);

/// Takes an address to listen on.
///
/// # Errors
/// When the address cannot be had.
pub async fn listen(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on `{address}`; is another server running there?"))
}

/// The word to stop.
#[derive(Clone, Debug)]
pub struct Stop(watch::Receiver<bool>);

impl Stop {
    /// Hears SIGINT and SIGTERM from now on. Call it inside the runtime and before any address is told: who reads the
    /// address may send the signal at once.
    ///
    /// # Errors
    /// When the system gives no handler.
    pub fn on_signals() -> io::Result<Self> {
        let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        let (told, heard) = watch::channel(false);
        tokio::spawn(async move {
            select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {} }
            told.send_replace(true);
            // As long as somebody may still ask.
            told.closed().await;
        });
        Ok(Self(heard))
    }

    /// A word that never comes.
    #[must_use]
    pub fn never() -> Self {
        Self(watch::channel(false).1)
    }

    /// Returns when the process was told to stop, at once if that was before.
    pub async fn told(mut self) {
        if self.0.wait_for(|told| *told).await.is_err() {
            // Nobody is left who could tell.
            std::future::pending::<()>().await;
        }
    }

    /// Serves until told; then takes nothing new, lets what is under way end, and returns after [`GRACE`] at the latest: a
    /// caller who holds a connection open does not hold the process.
    ///
    /// # Errors
    /// The listener failed.
    pub async fn serve(self, listener: TcpListener, router: Router) -> io::Result<()> {
        self.serve_patiently(listener, router, STALL).await
    }

    async fn serve_patiently(self, listener: TcpListener, router: Router, stall: Duration) -> io::Result<()> {
        let late = async |stop: Self| {
            stop.told().await;
            sleep(GRACE).await;
        };
        select! {
            ended = axum::serve(Patient { listener, stall }, router).with_graceful_shutdown(self.clone().told()) => ended,
            () = late(self) => Ok(()),
        }
    }
}

/// A listener whose connections end where nothing is taken for so long.
struct Patient {
    listener: TcpListener,
    stall: Duration,
}

impl axum::serve::Listener for Patient {
    type Io = Taking;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Taking, SocketAddr) {
        let (stream, address) = axum::serve::Listener::accept(&mut self.listener).await;
        (Taking { stream, stall: self.stall, waits: Box::pin(sleep(self.stall)), waiting: false }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// A connection that fails when nothing can be written to it for so long.
struct Taking {
    stream: TcpStream,
    stall: Duration,
    waits: Pin<Box<Sleep>>,
    waiting: bool,
}

impl Taking {
    /// What writing came to; while it waits, the time that it may.
    fn told<T>(&mut self, call: &mut Call<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.waiting = false;
            return written;
        }
        if !self.waiting {
            self.waiting = true;
            self.waits.as_mut().reset(Instant::now() + self.stall);
        }
        ready!(self.waits.as_mut().poll(call));
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the caller takes nothing")))
    }
}

impl AsyncRead for Taking {
    fn poll_read(mut self: Pin<&mut Self>, call: &mut Call<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(call, into)
    }
}

impl AsyncWrite for Taking {
    fn poll_write(mut self: Pin<&mut Self>, call: &mut Call<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(call, bytes);
        self.told(call, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        call: &mut Call<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(call, parts);
        self.told(call, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, call: &mut Call<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(call);
        self.told(call, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, call: &mut Call<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(call)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Weak};

    use axum::{body::Bytes, routing::get};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    /// More than the buffers of both ends of a connection hold.
    const ANSWER_BYTES: usize = 16 << 20;

    struct Kept(Arc<Vec<u8>>);

    impl AsRef<[u8]> for Kept {
        fn as_ref(&self) -> &[u8] {
            &self.0
        }
    }

    #[tokio::test]
    async fn who_takes_nothing_is_let_go_and_who_takes_slowly_gets_it_all() {
        let stall = Duration::from_secs(4);
        let (told, mut answers) = tokio::sync::mpsc::unbounded_channel::<Weak<Vec<u8>>>();
        let answer = move || {
            let bytes = Arc::new(vec![7; ANSWER_BYTES]);
            told.send(Arc::downgrade(&bytes)).unwrap();
            async move { Bytes::from_owner(Kept(bytes)) }
        };
        let listener = listen("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(Stop::never().serve_patiently(listener, Router::new().route("/", get(answer)), stall));
        let ask = async || {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
            stream
        };
        let silent = ask().await;
        let held = answers.recv().await.unwrap();
        let mut slow = ask().await;
        let mut got = 0;
        let mut piece = vec![0; 1 << 20];
        loop {
            let read = slow.read(&mut piece).await.unwrap();
            got += read;
            if read == 0 {
                break;
            }
            sleep(stall / 200).await;
        }
        assert!(got > ANSWER_BYTES, "{got}");
        // It ends, and the memory with it; a machine that does much else may take its time.
        let gone = async {
            while held.strong_count() > 0 {
                sleep(stall / 20).await;
            }
        };
        assert!(tokio::time::timeout(Duration::from_secs(60), gone).await.is_ok(), "it is held for ever");
        drop(silent);
    }
}

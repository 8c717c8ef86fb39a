//! Listeners: taking an address, and the end of a serving process, told once and heard by every listener, also by one that
//! begins afterwards.

use std::{io, net::SocketAddr, time::Duration};

use anyhow::{Context as _, Result};
use axum::Router;
use tokio::{
    net::TcpListener,
    select,
    signal::unix::{SignalKind, signal},
    sync::watch,
    time::sleep,
};

/// How long calls that are under way may go on after the word to stop. Whatever was acknowledged is durable before.
pub const GRACE: Duration = Duration::from_secs(10);

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
        let late = async |stop: Self| {
            stop.told().await;
            sleep(GRACE).await;
        };
        select! {
            ended = axum::serve(listener, router).with_graceful_shutdown(self.clone().told()) => ended,
            () = late(self) => Ok(()),
        }
    }
}

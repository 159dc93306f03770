//! Counts the bytes of connections below TLS.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::SeqCst},
    },
    task::{Context, Poll},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The counters of a responder since its start.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    /// Connections that were accepted.
    pub opened: AtomicU64,
    /// Connections that are open.
    pub open: AtomicU64,
    /// Handshakes that are under way.
    pub shaking: AtomicU64,
    /// Bytes of handshakes that are done, both ways.
    pub handshake_bytes: AtomicU64,
    /// Bytes from clients, handshakes among them.
    pub received: AtomicU64,
    /// Bytes to clients, handshakes among them.
    pub sent: AtomicU64,
    /// Calls that were answered.
    pub calls: AtomicU64,
}

/// The counters at one moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    /// Connections that were accepted.
    pub opened: u64,
    /// Connections that are open.
    pub open: u64,
    /// Handshakes that are under way.
    pub shaking: u64,
    /// Bytes of handshakes that are done, both ways.
    pub handshake_bytes: u64,
    /// Bytes both ways, handshakes among them.
    pub bytes: u64,
    /// Calls that were answered.
    pub calls: u64,
}

impl Counters {
    /// The counters now.
    pub(crate) fn seen(&self) -> Seen {
        let value = |counter: &AtomicU64| counter.load(SeqCst);
        Seen {
            opened: value(&self.opened),
            open: value(&self.open),
            shaking: value(&self.shaking),
            handshake_bytes: value(&self.handshake_bytes),
            bytes: value(&self.received) + value(&self.sent),
            calls: value(&self.calls),
        }
    }
}

/// A stream that counts its bytes. The client's part of a TLS 1.3 handshake ends with its first
/// encrypted record. Until then each read ends at the end of a record, so that later bytes are not
/// counted as part of the handshake.
#[derive(Debug)]
pub(crate) struct Counted<S> {
    stream: S,
    all: Arc<Counters>,
    shaken: Arc<Shaken>,
    header: Vec<u8>,
    record_left: usize,
    heard: Heard,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Heard {
    Greeting,
    LastRecord,
    All,
}

/// Whether a handshake is done, and its bytes in both directions.
#[derive(Debug, Default)]
pub(crate) struct Shaken {
    pub(crate) done: AtomicBool,
    pub(crate) bytes: AtomicU64,
}

/// The header of a TLS record: its type, its version, and its length.
const HEADER_BYTES: usize = 5;

/// The type of encrypted records.
const ENCRYPTED: u8 = 23;

impl<S> Counted<S> {
    pub(crate) fn new(stream: S, all: Arc<Counters>, shaken: Arc<Shaken>) -> Self {
        Self { stream, all, shaken, header: Vec::new(), record_left: 0, heard: Heard::Greeting }
    }

    /// The number of bytes that may be read at once.
    fn limit(&self) -> usize {
        if self.heard == Heard::All {
            usize::MAX
        } else if self.record_left > 0 {
            self.record_left
        } else {
            HEADER_BYTES - self.header.len()
        }
    }

    fn note(&mut self, read: &[u8]) {
        self.all.received.fetch_add(read.len() as u64, SeqCst);
        if self.heard == Heard::All {
            return;
        }
        self.shaken.bytes.fetch_add(read.len() as u64, SeqCst);
        if self.record_left > 0 {
            self.record_left -= read.len();
            if self.record_left == 0 && self.heard == Heard::LastRecord {
                self.heard = Heard::All;
            }
            return;
        }
        self.header.extend_from_slice(read);
        if let [kind, _, _, high, low] = *self.header {
            self.record_left = usize::from(u16::from_be_bytes([high, low]));
            self.heard = if kind == ENCRYPTED { Heard::LastRecord } else { Heard::Greeting };
            self.header.clear();
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Counted<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let limit = self.limit().min(buf.remaining());
        let mut part = ReadBuf::new(buf.initialize_unfilled_to(limit));
        let polled = Pin::new(&mut self.stream).poll_read(context, &mut part);
        let count = part.filled().len();
        self.note(part.filled());
        buf.advance(count);
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Counted<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(context, bytes);
        if let Poll::Ready(Ok(count)) = polled {
            self.all.sent.fetch_add(count as u64, SeqCst);
            if !self.shaken.done.load(SeqCst) {
                self.shaken.bytes.fetch_add(count as u64, SeqCst);
            }
        }
        polled
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt;

    use super::*;

    #[tokio::test]
    async fn what_follows_the_first_encrypted_record_is_not_handshake() {
        let sent: &[u8] = &[22, 3, 1, 0, 2, 7, 7, 23, 3, 3, 0, 1, 9, 23, 3, 3, 0, 3, 1, 2, 3];
        let (all, shaken) = (Arc::<Counters>::default(), Arc::<Shaken>::default());
        let mut stream = Counted::new(sent, Arc::clone(&all), Arc::clone(&shaken));
        let mut received = Vec::new();
        stream.read_to_end(&mut received).await.unwrap();
        assert_eq!(received, sent);
        assert_eq!((all.seen().bytes, shaken.bytes.load(SeqCst)), (21, 13));
    }
}

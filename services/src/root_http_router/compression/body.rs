//! A body that is compressed while it is sent.
//!
//! What has been written is flushed when nothing more is there for the moment, so that events reach their
//! client when they happen and not when a buffer is full. The encoders write into memory and cannot fail for
//! want of room; a failure ends the body early, which the client sees.

use std::io::{self, Write};
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, HttpBody};
use bytes::Bytes;
use http::HeaderMap;
use http_body::Frame;

use super::Encoding;

/// The anchor's quality: a fair size in a short time.
const BROTLI_QUALITY: u32 = 4;

/// 256 kB, which is more than most answers and little for one of many connections.
const BROTLI_WINDOW: u32 = 18;

/// The encoder's own buffer.
const BROTLI_BUFFER: usize = 4096;

/// Output is handed on when there is this much of it.
const CHUNK: usize = 16 * 1024;

/// A body on its way through an encoder.
pub(super) struct Compressed {
    body: Body,
    // None once the end was written.
    encoder: Option<Encoder>,
    unflushed: bool,
    trailers: Option<HeaderMap>,
}

// Boxed, because a body is moved about and an encoder is large.
enum Encoder {
    Brotli(Box<brotli::CompressorWriter<Vec<u8>>>),
    Gzip(Box<flate2::write::GzEncoder<Vec<u8>>>),
    Deflate(Box<flate2::write::ZlibEncoder<Vec<u8>>>),
}

impl Compressed {
    pub(super) fn new(encoding: Encoding, body: Body) -> Self {
        Self {
            body,
            encoder: Some(Encoder::new(encoding)),
            unflushed: false,
            trailers: None,
        }
    }

    fn poll_bytes(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, axum::Error>>> {
        while let Some(encoder) = &mut self.encoder {
            let frame = match Pin::new(&mut self.body).poll_frame(context) {
                Poll::Ready(Some(frame)) => frame?,
                Poll::Ready(None) => return Poll::Ready(self.finish()),
                Poll::Pending if self.unflushed => {
                    self.unflushed = false;
                    encoder.writer().flush().map_err(axum::Error::new)?;
                    match encoder.take() {
                        Some(bytes) => return Poll::Ready(Some(Ok(bytes))),
                        None => return Poll::Pending,
                    }
                }
                Poll::Pending => return Poll::Pending,
            };
            match frame.into_data() {
                Ok(data) => {
                    encoder
                        .writer()
                        .write_all(&data)
                        .map_err(axum::Error::new)?;
                    self.unflushed = true;
                    if encoder.output().len() >= CHUNK
                        && let Some(bytes) = encoder.take()
                    {
                        return Poll::Ready(Some(Ok(bytes)));
                    }
                }
                Err(frame) => {
                    self.trailers = frame.into_trailers().ok();
                    return Poll::Ready(self.finish());
                }
            }
        }
        Poll::Ready(None)
    }

    fn finish(&mut self) -> Option<Result<Bytes, axum::Error>> {
        let rest = self.encoder.take()?.finish().map_err(axum::Error::new);
        Some(rest.map(Bytes::from))
    }
}

impl HttpBody for Compressed {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        match self.poll_bytes(context) {
            Poll::Ready(Some(bytes)) => Poll::Ready(Some(bytes.map(Frame::data))),
            Poll::Ready(None) => {
                Poll::Ready(self.trailers.take().map(|map| Ok(Frame::trailers(map))))
            }
            Poll::Pending => Poll::Pending,
        }
    }
}

impl Encoder {
    fn new(encoding: Encoding) -> Self {
        let (output, level) = (Vec::new(), flate2::Compression::default());
        match encoding {
            Encoding::Brotli => Self::Brotli(Box::new(brotli::CompressorWriter::new(
                output,
                BROTLI_BUFFER,
                BROTLI_QUALITY,
                BROTLI_WINDOW,
            ))),
            Encoding::Gzip => Self::Gzip(Box::new(flate2::write::GzEncoder::new(output, level))),
            Encoding::Deflate => {
                Self::Deflate(Box::new(flate2::write::ZlibEncoder::new(output, level)))
            }
        }
    }

    fn writer(&mut self) -> &mut dyn Write {
        match self {
            Self::Brotli(encoder) => encoder,
            Self::Gzip(encoder) => encoder,
            Self::Deflate(encoder) => encoder,
        }
    }

    fn output(&mut self) -> &mut Vec<u8> {
        match self {
            Self::Brotli(encoder) => encoder.get_mut(),
            Self::Gzip(encoder) => encoder.get_mut(),
            Self::Deflate(encoder) => encoder.get_mut(),
        }
    }

    fn take(&mut self) -> Option<Bytes> {
        let output = std::mem::take(self.output());
        (!output.is_empty()).then(|| output.into())
    }

    fn finish(self) -> io::Result<Vec<u8>> {
        match self {
            Self::Brotli(encoder) => Ok(encoder.into_inner()),
            Self::Gzip(encoder) => encoder.finish(),
            Self::Deflate(encoder) => encoder.finish(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use futures_util::{FutureExt as _, StreamExt as _, stream};
    use http_body_util::BodyExt as _;
    use tokio::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn a_stream_is_sent_as_it_comes() {
        for encoding in [Encoding::Brotli, Encoding::Gzip, Encoding::Deflate] {
            let (sender, receiver) = mpsc::unbounded_channel::<&'static str>();
            let parts = stream::unfold(receiver, |mut receiver| async {
                let part = receiver.recv().await?;
                Some((Ok::<_, io::Error>(part), receiver))
            });
            let mut body = Compressed::new(encoding, Body::from_stream(parts.fuse()));
            assert!(
                body.frame().now_or_never().is_none(),
                "nothing is there yet"
            );
            sender.send("first event").expect("the body is there");
            let frame = body
                .frame()
                .now_or_never()
                .flatten()
                .expect("the event is sent at once");
            let first = frame.expect("nothing fails").into_data().expect("data");
            let mut read = [0; 11];
            let mut decoder: Box<dyn io::Read> = match encoding {
                Encoding::Brotli => Box::new(brotli::Decompressor::new(&*first, 4096)),
                Encoding::Gzip => Box::new(flate2::read::GzDecoder::new(&*first)),
                Encoding::Deflate => Box::new(flate2::read::ZlibDecoder::new(&*first)),
            };
            decoder
                .read_exact(&mut read)
                .expect("the event can be read already");
            assert_eq!(&read, b"first event");
            drop(sender);
            let rest = body.collect().await.expect("nothing fails");
            assert!(!rest.to_bytes().is_empty());
        }
    }

    #[tokio::test]
    async fn a_body_that_breaks_off_does_not_look_whole() {
        let parts = [Ok("part"), Err(io::Error::other("broken"))];
        let body = Compressed::new(Encoding::Gzip, Body::from_stream(stream::iter(parts)));
        assert!(body.collect().await.is_err());
    }
}

//! What comes back, in bounded steps.

use super::chain;
use crate::{Fault, FaultKind};
use bytes::{Bytes, BytesMut};
use domain::limits::{PROVIDER_BODY_BYTES_MAX, PROVIDER_STREAM_BYTES_MAX};
use http::{HeaderMap, Response, StatusCode, header};
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use std::{error::Error, time::Duration};
use tokio::time::{Instant, timeout};

/// An answer whose head is here and whose body is still on its way.
#[derive(Debug)]
pub struct Answer<B = Incoming> {
    /// How it went.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    body: B,
    silence: Duration,
    deadline: Instant,
    bytes: usize,
}

impl<B: Body<Data = Bytes, Error: Error> + Unpin> Answer<B> {
    pub(super) fn new(response: Response<B>, silence: Duration, deadline: Instant) -> Self {
        let (head, body) = response.into_parts();
        Self { status: head.status, headers: head.headers, body, silence, deadline, bytes: 0 }
    }

    /// Its media type, in lower case and without parameters.
    pub fn media_type(&self) -> String {
        let said = self.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        said.and_then(|said| said.split(';').next()).unwrap_or_default().trim().to_ascii_lowercase()
    }

    /// The next bytes, in pieces as they come; `None` at the end. Too long a silence, too long an answer and too many bytes are
    /// faults.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Fault> {
        self.chunk_within(self.silence).await
    }

    /// The same with another patience for this once.
    pub async fn chunk_within(&mut self, silence: Duration) -> Result<Option<Bytes>, Fault> {
        self.check_encoding()?;
        let begun = Instant::now();
        loop {
            let wait = (begun + silence).min(self.deadline) - Instant::now();
            let Ok(frame) = timeout(wait, self.body.frame()).await else {
                return Err(self.too_late(silence));
            };
            let frame = match frame {
                None => return Ok(None),
                Some(Err(error)) => return Err(Fault::new(FaultKind::Broken, chain(&error))),
                Some(Ok(frame)) => frame,
            };
            // What is no data is trailers, which say nothing to us.
            if let Ok(data) = frame.into_data()
                && !data.is_empty()
            {
                return self.count(data).map(Some);
            }
        }
    }

    /// All of it, when it is not longer than an answer that comes as a whole may be.
    pub async fn whole(mut self) -> Result<Bytes, Fault> {
        let mut all = BytesMut::new();
        while let Some(chunk) = self.chunk().await? {
            all.extend_from_slice(&chunk);
            if all.len() > PROVIDER_BODY_BYTES_MAX {
                let detail = format!("the answer is longer than {PROVIDER_BODY_BYTES_MAX} bytes");
                return Err(Fault::new(FaultKind::Broken, detail));
            }
        }
        Ok(all.freeze())
    }

    fn check_encoding(&self) -> Result<(), Fault> {
        match self.headers.get(header::CONTENT_ENCODING) {
            Some(packed) if packed != "identity" => Err(Fault::new(
                FaultKind::Broken,
                format!("the answer is packed ({packed:?}), which was not asked for"),
            )),
            _ => Ok(()),
        }
    }

    fn count(&mut self, data: Bytes) -> Result<Bytes, Fault> {
        self.bytes += data.len();
        match self.bytes > PROVIDER_STREAM_BYTES_MAX {
            false => Ok(data),
            true => {
                let detail = format!("the answer is longer than {PROVIDER_STREAM_BYTES_MAX} bytes");
                Err(Fault::new(FaultKind::Broken, detail))
            }
        }
    }

    fn too_late(&self, silence: Duration) -> Fault {
        match Instant::now() >= self.deadline {
            true => Fault::new(FaultKind::Silent, "the answer took longer than an answer may take"),
            false => Fault::new(FaultKind::Silent, format!("nothing came for {silence:?}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::{StreamExt, stream};
    use http_body_util::StreamBody;
    use hyper::body::Frame;
    use std::{convert::Infallible, pin::Pin};
    use tokio::time::sleep;

    type Scripted = Pin<Box<dyn Body<Data = Bytes, Error = Infallible> + Send>>;

    static WORD: [u8; 64 * 1024] = [b'x'; 64 * 1024];

    /// An answer that pauses so many seconds before each of its words.
    fn answer(pauses: impl IntoIterator<Item = u64, IntoIter: Send + 'static>) -> Answer<Scripted> {
        let words = stream::iter(pauses).then(|seconds| async move {
            sleep(Duration::from_secs(seconds)).await;
            Ok(Frame::data(Bytes::from_static(&WORD)))
        });
        let body: Scripted = Box::pin(StreamBody::new(words));
        let patience = super::super::Patience::default();
        Answer::new(Response::new(body), patience.silence, Instant::now() + patience.whole)
    }

    async fn read(mut answer: Answer<Scripted>) -> (usize, Option<Fault>) {
        let mut words = 0;
        loop {
            match answer.chunk().await {
                Ok(Some(_)) => words += 1,
                Ok(None) => return (words, None),
                Err(fault) => return (words, Some(fault)),
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_first_word_after_25_seconds_and_a_pause_of_40_are_waited_for() {
        assert_eq!(read(answer([25, 0, 40, 59])).await, (4, None));
    }

    #[tokio::test(start_paused = true)]
    async fn a_silence_of_more_than_a_minute_is_not() {
        let (words, fault) = read(answer([0, 61, 0])).await;
        assert_eq!((words, fault.unwrap().kind), (1, FaultKind::Silent));
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_without_an_end_is_left_after_ten_minutes() {
        let begun = Instant::now();
        let (words, fault) = read(answer(std::iter::repeat(7))).await;
        assert_eq!((words, fault.unwrap().kind), (85, FaultKind::Silent));
        assert_eq!(begun.elapsed().as_secs(), 600);
    }

    #[tokio::test]
    async fn what_comes_as_a_whole_has_an_end() {
        assert_eq!(answer([0, 0]).whole().await.unwrap(), [WORD, WORD].concat());
        let endless = answer(std::iter::repeat(0)).whole().await;
        assert_eq!(endless.unwrap_err().kind, FaultKind::Broken);
    }
}

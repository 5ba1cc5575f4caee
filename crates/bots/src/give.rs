//! An answer as a piece of straight code: it is run by whoever reads the stream, and ends when the reader lets go of it.

use crate::{Cut, Fault, FaultKind, Piece};
use domain::limits::REPLY_BYTES_MAX;
use futures_util::stream::{self, BoxStream, StreamExt};
use std::{pin::Pin, task::Poll};
use tokio::sync::mpsc;

/// Where an answer gives its pieces.
#[derive(Clone)]
pub(crate) struct Give(mpsc::Sender<Piece>);

impl Give {
    /// Hands over a piece and waits until the one before it was taken.
    pub(crate) async fn piece(&self, piece: Piece) {
        // The reader is gone only together with the code that gives.
        let _ = self.0.send(piece).await;
    }

    /// Hands over text, unless there is none.
    pub(crate) async fn text(&self, text: String) {
        if !text.is_empty() {
            self.piece(Piece::Text(text)).await;
        }
    }

    /// Hands over an answer that came as a whole, as far as it may be long.
    pub(crate) async fn whole(&self, mut text: String) -> Result<(), Fault> {
        if text.trim().is_empty() {
            return Err(Fault::new(FaultKind::Empty, "the answer is empty"));
        }
        let is_long = text.len() > REPLY_BYTES_MAX;
        text.truncate(text.floor_char_boundary(REPLY_BYTES_MAX));
        self.text(text).await;
        if is_long {
            self.piece(Piece::Cut(Cut::Length)).await;
        }
        Ok(())
    }
}

/// The stream of what `answer` gives; a fault comes after all pieces that were given before it.
pub(crate) fn pieces<Work>(answer: impl FnOnce(Give) -> Work) -> BoxStream<'static, Result<Piece, Fault>>
where
    Work: Future<Output = Result<(), Fault>> + Send + 'static,
{
    let (sender, mut receiver) = mpsc::channel(1);
    let mut work: Option<Pin<Box<Work>>> = Some(Box::pin(answer(Give(sender))));
    let mut fault = None;
    stream::poll_fn(move |context| {
        if let Some(running) = &mut work
            && let Poll::Ready(done) = running.as_mut().poll(context)
        {
            work = None;
            fault = done.err();
        }
        receiver.poll_recv(context).map(|given| given.map(Ok).or_else(|| fault.take().map(Err)))
    })
    .boxed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_piece_comes_before_the_fault_that_ends_the_answer() {
        let answer = pieces(|give| async move {
            for word in ["one", "", "two", "three"] {
                give.text(word.to_owned()).await;
            }
            Err(Fault::new(FaultKind::Broken, "cut"))
        });
        let all: Vec<_> = answer.collect().await;
        let text = |text: &str| Ok(Piece::Text(text.into()));
        let fault = Err(Fault::new(FaultKind::Broken, "cut"));
        assert_eq!(all, [text("one"), text("two"), text("three"), fault]);
    }
}

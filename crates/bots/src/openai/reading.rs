//! Reading one answer as it comes. Whatever the provider calls it, an object is an answer that came as a whole, and markup is a page of
//! somebody else.

use super::{
    Given,
    events::Events,
    round::{Finish, Round},
};
use crate::{Fault, FaultKind, outside::Answer};
use bytes::Bytes;
use domain::limits::{PROVIDER_BODY_BYTES_MAX, PROVIDER_TAIL_MAX};

/// Reads until the answer is complete. Text is given as soon as it is here, also when a fault follows it.
pub(super) async fn read(answer: &mut Answer, round: &mut Round, given: &mut Given) -> Result<(), Fault> {
    let mut shape = Shape::Unknown;
    while !round.done && !given.is_full() {
        let taken = match next(answer, round).await {
            Ok(Some(bytes)) => shape.take(&bytes, answer, round),
            Ok(None) => break,
            Err(_) if round.finish.is_some() => return Ok(()),
            Err(fault) => Err(fault),
        };
        given.text(round.take_fresh()).await;
        taken?;
    }
    let ended = shape.finish(round);
    given.text(round.take_fresh()).await;
    match round.finish {
        Some(_) => Ok(()),
        None if given.is_full() => Ok(()),
        None => Err(ended.err().unwrap_or_else(|| Fault::new(FaultKind::Broken, "the answer broke off"))),
    }
}

/// After its end an answer is awaited for a moment only, for its figures.
async fn next(answer: &mut Answer, round: &Round) -> Result<Option<Bytes>, Fault> {
    match round.finish {
        None => answer.chunk().await,
        Some(_) => answer.chunk_within(PROVIDER_TAIL_MAX).await,
    }
}

enum Shape {
    /// Nothing but spaces so far.
    Unknown,
    Events(Events),
    Whole(Vec<u8>),
}

impl Shape {
    fn take(&mut self, bytes: &[u8], answer: &Answer, round: &mut Round) -> Result<(), Fault> {
        if let Self::Unknown = self {
            *self = match bytes.trim_ascii_start().first() {
                None => return Ok(()),
                Some(b'{') => Self::Whole(Vec::new()),
                Some(b'<') => {
                    let detail = format!("the provider answered with {:?}", answer.media_type());
                    return Err(Fault::new(FaultKind::Broken, detail));
                }
                Some(_) => Self::Events(Events::default()),
            };
        }
        match self {
            Self::Unknown => Ok(()),
            Self::Events(events) => {
                let mut whole = Vec::new();
                let pushed = events.push(bytes, &mut whole);
                whole.iter().try_for_each(|data| round.take(data))?;
                pushed
            }
            Self::Whole(body) if body.len() + bytes.len() > PROVIDER_BODY_BYTES_MAX => {
                let detail = format!("the answer is longer than {PROVIDER_BODY_BYTES_MAX} bytes");
                Err(Fault::new(FaultKind::Broken, detail))
            }
            Self::Whole(body) => {
                body.extend_from_slice(bytes);
                Ok(())
            }
        }
    }

    /// Takes what was not complete without an end.
    fn finish(self, round: &mut Round) -> Result<(), Fault> {
        match self {
            Self::Unknown => Ok(()),
            Self::Events(events) => events.finish().map_or(Ok(()), |data| round.take(&data)),
            Self::Whole(body) => {
                round.take(&body)?;
                round.finish.get_or_insert(Finish::Stop);
                Ok(())
            }
        }
    }
}

//! The embedded mind in a room: a script that answers, and hands over to a language model what it is not sure of.

use crate::{
    Ask, Fault, FaultKind, Mind, Piece,
    give::{Give, pieces},
    intents::{OUT_OF_SCOPE, Responder, Script},
};
use futures_util::{StreamExt, stream::BoxStream};
use std::sync::Arc;
use tokio::{sync::OnceCell, task::spawn_blocking};

/// The mind. It learns its script when it is asked for the first time, beside the other work of the process.
#[derive(Clone)]
pub(crate) struct Embedded(Arc<Inner>);

struct Inner {
    script: Script,
    learnt: OnceCell<Arc<Responder>>,
    model: Option<Arc<dyn Mind>>,
}

impl Embedded {
    /// A mind that follows a script, or what is wrong with that. `model` gets the questions that the script hands over.
    pub(crate) fn new(script: Script, model: Option<Arc<dyn Mind>>) -> Result<Self, Fault> {
        script.check().map_err(|error| Fault::new(FaultKind::Settings, error.to_string()))?;
        Ok(Self(Arc::new(Inner { script, learnt: OnceCell::new(), model })))
    }
}

impl Mind for Embedded {
    fn answer(&self, ask: Ask) -> BoxStream<'static, Result<Piece, Fault>> {
        let inner = Arc::clone(&self.0);
        pieces(move |give| async move { answer(&inner, ask, give).await })
    }
}

async fn answer(inner: &Arc<Inner>, ask: Ask, give: Give) -> Result<(), Fault> {
    let responder = inner.learnt.get_or_try_init(|| learn(inner.clone())).await?;
    let response = responder.respond(&ask);
    let intent = response.intent.unwrap_or_else(|| OUT_OF_SCOPE.to_owned());
    let (nearest, confidence) = (response.nearest, response.confidence.into());
    give.piece(Piece::Guess { intent, nearest, confidence }).await;
    match &inner.model {
        Some(model) if response.hand_over => {
            let mut answer = model.answer(ask);
            while let Some(piece) = answer.next().await {
                give.piece(piece?).await;
            }
            Ok(())
        }
        _ => give.whole(response.text).await,
    }
}

async fn learn(inner: Arc<Inner>) -> Result<Arc<Responder>, Fault> {
    let learnt = spawn_blocking(move || Responder::new(&inner.script)).await;
    let learnt = learnt.map_err(|_| Fault::new(FaultKind::Failed, "learning the script failed"))?;
    learnt.map(Arc::new).map_err(|error| Fault::new(FaultKind::Settings, error.to_string()))
}

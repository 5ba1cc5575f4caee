//! Scratch.
use app::Minds;
use bots::{Ask, Fault, FaultKind, Mind, Piece, Step};
use futures_util::{StreamExt, stream::BoxStream};
use std::sync::Arc;
pub struct Slow;
impl Minds for Slow {
    fn mind(&self, _: &domain::bots::Bot) -> Result<Arc<dyn Mind>, Fault> { Ok(Arc::new(Slow)) }
}
impl Mind for Slow {
    fn answer(&self, ask: Ask) -> BoxStream<'static, Result<Piece, Fault>> {
        let question = ask.turns.last().map(|t| t.content.clone()).unwrap_or_default();
        let text = std::fs::read_to_string("/tmp/try-reply.md").unwrap_or_else(|_| "Hello **there**.".into());
        let mut pieces: Vec<Result<Piece, Fault>> = Vec::new();
        if question.contains("fail") { pieces.push(Err(Fault { kind: FaultKind::Busy, retry_after: Some(std::time::Duration::from_secs(300)), detail: "x".into() })); }
        if question.contains("step") { pieces.push(Ok(Piece::Step(Step { tool: "search_messages".into(), arguments: "{\"text\":\"annex B\"}".into(), outcome: "2026-11-21 Marta: there is an annex B (/rooms/general/messages/2/)\nx (/rooms/general/messages/1/)".into() }))); }
        let words: Vec<&str> = text.split_inclusive(' ').collect();
        let n = if question.contains("cut") { words.len() / 2 } else { words.len() };
        for w in &words[..n] { pieces.push(Ok(Piece::Text((*w).to_owned()))); }
        if question.contains("cut") { pieces.push(Err(Fault::new(FaultKind::Broken, "x"))); }
        let slow = if question.contains("slow") { 250 } else { 30 };
        futures_util::stream::iter(pieces).then(move |p| async move { tokio::time::sleep(std::time::Duration::from_millis(slow)).await; p }).boxed()
    }
}

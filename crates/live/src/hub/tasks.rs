//! The hub's tasks: comparing heads, mending lanes, hearing the relay, telling who is here.

use super::{Chore, Hub, Inner, lock};
use crate::{
    Hint, HintNews, Unread,
    lane::Lane,
    listeners::{self, Listeners},
};
use domain::{
    events::{Lane as Name, Presence, Whisper},
    ids::{ReplyId, RoomId},
    limits,
    replies::ReplyHead,
};
use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Weak, atomic::Ordering},
    time::Duration,
};
use tokio::{
    sync::{Semaphore, mpsc},
    task::AbortHandle,
    time::{Instant, MissedTickBehavior, interval},
};

/// Lanes read at the same time.
const MENDERS_MAX: usize = 8;
/// Lanes in one question about heads.
const HEADS_MAX: usize = 5_000;

/// Starts them all.
pub(super) fn start(
    hub: &Hub,
    chores: mpsc::UnboundedReceiver<Chore>,
    calls: mpsc::UnboundedReceiver<Weak<Listeners>>,
) -> Vec<AbortHandle> {
    let weak = Arc::downgrade(&hub.0);
    let hints = hub.0.relay.subscribe();
    vec![
        tokio::spawn(compare_heads(weak.clone())).abort_handle(),
        tokio::spawn(compare_marks(weak.clone())).abort_handle(),
        tokio::spawn(do_chores(weak.clone(), chores)).abort_handle(),
        tokio::spawn(hear_relay(weak.clone(), hints)).abort_handle(),
        tokio::spawn(tell_signs(weak)).abort_handle(),
        tokio::spawn(listeners::call(calls)).abort_handle(),
    ]
}

/// Law 3: every half second each lane's head is compared with the truth, whatever the relay does.
async fn compare_heads(hub: Weak<Inner>) {
    let mut ticks = interval(limits::HEADS_INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut swept = Instant::now();
    loop {
        ticks.tick().await;
        let Some(hub) = hub.upgrade().map(Hub) else { return };
        if swept.elapsed() >= limits::LANE_ENTRIES_KEPT {
            swept = Instant::now();
            lock(&hub.0.lanes).values().for_each(|lane| lane.sweep());
        }
        let names = needed(&hub);
        for names in names.chunks(HEADS_MAX) {
            match hub.0.truth.heads(names).await {
                Ok(heads) => heads.into_iter().for_each(|(name, head)| compare(&hub, name, head)),
                Err(error) => {
                    tracing::warn!(%error, "heads were not compared; trying again");
                    break;
                }
            }
            let rooms = names.iter().filter_map(|name| match name {
                Name::Room(room) => Some(*room),
                Name::Person(_) => None,
            });
            if let Err(error) = compare_replies(&hub, &rooms.collect::<Vec<_>>()).await {
                tracing::warn!(%error, "replies in progress were not compared; trying again");
            }
        }
    }
}

/// While other processes are not heard, and once when they are again: in which rooms somebody came further elsewhere. Whoever shows
/// receipts there asks for them.
async fn compare_marks(hub: Weak<Inner>) {
    let mut ticks = interval(limits::MARKS_INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut known: HashMap<RoomId, i64> = HashMap::new();
    let mut heard = true;
    loop {
        ticks.tick().await;
        let Some(hub) = hub.upgrade().map(Hub) else { return };
        let before = std::mem::replace(&mut heard, !hub.0.relay.reaches_others() || hub.relay_is_heard());
        if heard && before {
            known.clear();
            continue;
        }
        let open = with_receipts(&hub);
        for rooms in open.iter().copied().collect::<Vec<_>>().chunks(HEADS_MAX) {
            match hub.0.truth.mark_sums(rooms).await {
                Ok(sums) => {
                    let moved =
                        sums.into_iter().filter(|(room, sum)| known.insert(*room, *sum) != Some(*sum));
                    moved.for_each(|(room, _)| hub.hear(Whisper::Receipts { room }));
                }
                Err(error) => {
                    tracing::warn!(%error, "marks were not compared; trying again");
                    break;
                }
            }
        }
        known.retain(|room, _| open.contains(room));
    }
}

/// Open rooms that tell of receipts by themselves.
fn with_receipts(hub: &Hub) -> HashSet<RoomId> {
    let lanes: Vec<Arc<Lane>> = lock(&hub.0.lanes).values().cloned().collect();
    let small = lanes.iter().filter(|lane| {
        lane.with_roster(|roster| roster.len() <= limits::RECEIPTS_SHOWN_MAX).unwrap_or(false)
    });
    small
        .filter_map(|lane| match lane.name {
            Name::Room(room) => Some(room),
            Name::Person(_) => None,
        })
        .collect()
}

/// The open lanes, after those were let go of in which nobody listens and no bot speaks any more.
fn needed(hub: &Hub) -> Vec<Name> {
    let mut lanes = lock(&hub.0.lanes);
    lanes.retain(|name, lane| matches!(name, Name::Person(_)) || lane.is_needed());
    lanes.keys().copied().collect()
}

fn compare(hub: &Hub, name: Name, head: domain::ids::Seq) {
    let Some(lane) = hub.lane(name) else { return };
    match lane.last() {
        None => hub.settle(&lane, lane.learn(head)),
        Some(last) if last < head => hub.mend(name, false),
        Some(_) => {}
    }
}

/// The same for replies in progress: one cheap question, and a read only of what is further elsewhere.
async fn compare_replies(hub: &Hub, rooms: &[RoomId]) -> Result<(), Unread> {
    if rooms.is_empty() {
        return Ok(());
    }
    let asked = Instant::now();
    let mut heads: HashMap<RoomId, Vec<ReplyHead>> = HashMap::new();
    for head in hub.0.truth.reply_heads(rooms).await? {
        heads.entry(head.room).or_default().push(head);
    }
    let mut further = Vec::new();
    for room in rooms {
        if let Some(lane) = hub.lane(Name::Room(*room)) {
            further.extend(lane.compare_replies(heads.get(room).map_or(&[], Vec::as_slice), asked));
        }
    }
    read_replies(hub, &further).await
}

async fn read_replies(hub: &Hub, ids: &[ReplyId]) -> Result<(), Unread> {
    if ids.is_empty() {
        return Ok(());
    }
    for reply in hub.0.truth.open_replies(ids).await? {
        if let Some(lane) = hub.lane(Name::Room(reply.room)) {
            lane.take_reply(reply);
        }
    }
    Ok(())
}

async fn do_chores(hub: Weak<Inner>, mut chores: mpsc::UnboundedReceiver<Chore>) {
    let menders = Arc::new(Semaphore::new(MENDERS_MAX));
    while let Some(chore) = chores.recv().await {
        let (Some(hub), Ok(permit)) = (hub.upgrade().map(Hub), menders.clone().acquire_owned().await) else {
            return;
        };
        tokio::spawn(async move {
            match chore {
                Chore::Open(name) => open(&hub, name).await,
                Chore::Mend { lane, wait } => mend(&hub, lane, wait).await,
                Chore::Read(reply) => {
                    if let Err(error) = read_replies(&hub, &[reply]).await {
                        tracing::warn!(%error, "a reply in progress was not read; the next comparison tries again");
                    }
                }
            }
            drop(permit);
        });
    }
}

async fn open(hub: &Hub, name: Name) {
    let (Name::Room(room), Some(lane)) = (name, hub.lane(name)) else { return };
    if let Err(error) = compare_replies(hub, &[room]).await {
        tracing::warn!(%error, "replies in progress were not read; the next comparison tries again");
    }
    match hub.0.truth.roster(room, limits::PRESENCE_ROSTER_MAX + 1).await {
        Ok(people) => {
            lane.set_roster(people);
            lock(&hub.0.people).stir();
        }
        Err(error) => tracing::warn!(%error, "a room's members were not read; its presence stays unknown"),
    }
}

async fn mend(hub: &Hub, name: Name, wait: bool) {
    if wait {
        tokio::time::sleep(limits::GAP_WAIT).await;
    }
    // Taken off before reading: what happens during the read may need another.
    lock(&hub.0.mending).remove(&name);
    let Some(lane) = hub.lane(name) else { return };
    if let Err(error) = read_up(hub, &lane).await {
        tracing::warn!(%error, "a lane was not mended; the next comparison of heads tries again");
    }
}

async fn read_up(hub: &Hub, lane: &Lane) -> Result<(), Unread> {
    let Some(last) = lane.last() else {
        lane.learn(hub.head(lane.name).await?);
        return Ok(());
    };
    hub.0.repairs.fetch_add(1, Ordering::Relaxed);
    let changes = hub.changes(lane.name, last).await?;
    if let domain::events::Changes::Since { events, .. } = &changes {
        events.iter().for_each(|event| hub.look_into(event));
    }
    lane.repair(last, changes);
    Ok(())
}

async fn hear_relay(hub: Weak<Inner>, mut hints: mpsc::Receiver<Hint>) {
    while let Some(hint) = hints.recv().await {
        let Some(hub) = hub.upgrade().map(Hub) else { return };
        if hint.from == hub.0.process {
            continue;
        }
        match hint.news {
            HintNews::Event(event) => hub.apply(*event),
            HintNews::Moved(name, seq) => {
                if hub.lane(name).is_some_and(|lane| lane.last().is_none_or(|last| last < seq)) {
                    hub.mend(name, false);
                }
            }
            HintNews::Whisper(whisper) => hub.hear(whisper),
            HintNews::Here(people) => lock(&hub.0.people).hear(hint.from, people, Instant::now()),
        }
    }
}

/// Once a second: rooms' news to their members' lanes, presence to rooms, and who is here to the other processes.
async fn tell_signs(hub: Weak<Inner>) {
    let mut ticks = interval(Duration::from_secs(1));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut said: HashMap<RoomId, Presence> = HashMap::new();
    let mut announced = Instant::now();
    let mut heard = true;
    loop {
        ticks.tick().await;
        let Some(hub) = hub.upgrade().map(Hub) else { return };
        tell_news(&hub);
        let stirred = lock(&hub.0.people).take_stirred(Instant::now()) | (heard != hub.relay_is_heard());
        heard = hub.relay_is_heard();
        if stirred {
            tell_presence(&hub, &mut said);
        }
        if hub.0.relay.reaches_others() && (stirred || announced.elapsed() >= limits::PRESENCE_INTERVAL) {
            announced = Instant::now();
            let here = lock(&hub.0.people).here();
            hub.hint(HintNews::Here(here));
        }
    }
}

fn tell_news(hub: &Hub) {
    let news = lock(&hub.0.people).take_news();
    for (whisper, people) in news {
        for person in people {
            if let Some(lane) = hub.lane(Name::Person(person)) {
                lane.whisper(whisper.clone());
            }
        }
    }
}

fn tell_presence(hub: &Hub, said: &mut HashMap<RoomId, Presence>) {
    let lanes: Vec<Arc<Lane>> = lock(&hub.0.lanes).values().cloned().collect();
    let mut now = HashMap::with_capacity(lanes.len());
    for lane in lanes {
        let Name::Room(room) = lane.name else { continue };
        let presence = hub.presence_in(&lane);
        if said.get(&room) != Some(&presence) {
            lane.whisper(Whisper::Presence(presence.clone()));
        }
        now.insert(room, presence);
    }
    *said = now;
}

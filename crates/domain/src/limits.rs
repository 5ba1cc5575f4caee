//! Every limit of the product, in one file. Units are in the names. Reaching one gives an error that names it.

use std::time::Duration;

/// Characters of a message.
pub const MESSAGE_CHARS_MAX: usize = 10_000;
/// Bytes of a `client_id` or `Idempotency-Key`.
pub const CLIENT_ID_BYTES_MAX: usize = 64;
/// People named in one message.
pub const MENTIONS_MAX: usize = 50;
/// Different emoji on one message.
pub const REACTION_KINDS_MAX: usize = 20;
/// Bytes of one reaction's emoji (a family with skin tones takes 41).
pub const REACTION_BYTES_MAX: usize = 64;
/// Pinned messages of a room.
pub const PINS_MAX: usize = 50;
/// Versions kept of one message; further edits are refused.
pub const VERSIONS_MAX: usize = 200;
/// Characters of a room's name.
pub const ROOM_NAME_CHARS_MAX: usize = 60;
/// Characters of a room's topic.
pub const ROOM_TOPIC_CHARS_MAX: usize = 200;
/// Characters of a slug.
pub const SLUG_CHARS_MAX: usize = 60;
/// Members of one chat session; every answer about one names them all.
pub const CHAT_MEMBERS_MAX: usize = 1_000;
/// Characters of a message at the address of a chat session.
pub const CHAT_MESSAGE_CHARS_MAX: usize = 2_500;
/// Messages of a chat session in one answer.
pub const CHAT_HISTORY_MAX: usize = 10_000;
/// Rooms one person may be a member of.
pub const ROOMS_PER_PERSON_MAX: usize = 2_000;
/// People of a small group, oneself included.
pub const GROUP_PEOPLE_MAX: usize = 9;
/// Open invitation links of one room.
pub const INVITES_PER_ROOM_MAX: usize = 20;
/// Characters of what the audit log calls the subject of an act.
pub const SUBJECT_CHARS_MAX: usize = 100;
/// Characters of what the audit log says of an act.
pub const DEED_DETAIL_CHARS_MAX: usize = 300;
/// Open invitation links of the server.
pub const SERVER_INVITES_MAX: usize = 200;
/// Accounts that may be made by one of them.
pub const INVITE_USES_MAX: i64 = 1_000;
/// Days that one of them may last.
pub const INVITE_DAYS_MAX: i64 = 365;
/// Characters of whom one of them is for.
pub const INVITE_NOTE_CHARS_MAX: usize = 80;
/// Characters of why a message is reported.
pub const REPORT_REASON_CHARS_MAX: usize = 500;
/// Messages shown before and after one that an administrator looks at.
pub const LOOK_AROUND: usize = 3;
/// Messages that one page of an administrator's search looks through; the next page goes on from there.
pub const FIND_MESSAGES_MAX: i64 = 200_000;
/// Words that an administrator searches messages for at once.
pub const FIND_WORDS_MAX: usize = 8;
/// Lines of usage that the API gives.
pub const USAGE_LINES_MAX: usize = 5_000;
/// People whose sums of usage are shown.
pub const USAGE_PEOPLE_MAX: usize = 100;
/// Characters of a username.
pub const USERNAME_CHARS_MAX: usize = 150;
/// Characters of a display name.
pub const DISPLAY_NAME_CHARS_MAX: usize = 80;
/// Characters of an email address.
pub const EMAIL_CHARS_MAX: usize = 254;
/// Characters of a password, at least.
pub const PASSWORD_CHARS_MIN: usize = 8;
/// Characters of a password, at most: hashing is work, so its input is bounded.
pub const PASSWORD_CHARS_MAX: usize = 1_000;
/// Open sessions of one person; the oldest ends when one more is made.
pub const SESSIONS_PER_PERSON_MAX: usize = 50;
/// Tokens of one person that they made and named.
pub const TOKENS_PER_PERSON_MAX: usize = 100;
/// Tokens of one person that came of logins; one more ends the one that was not used for longest.
pub const LOGIN_TOKENS_PER_PERSON_MAX: usize = 500;
/// Characters of a token's name.
pub const TOKEN_NAME_CHARS_MAX: usize = 100;
/// Rooms a token may be restricted to.
pub const TOKEN_ROOMS_MAX: usize = 100;
/// How long a revoked token is remembered, for those who ask what changed.
pub const REVOKED_TOKEN_KEPT: Duration = Duration::from_secs(30 * 86_400);

/// Messages in a room's page, unless `PAGE_MESSAGES` says otherwise.
pub const PAGE_MESSAGES: usize = 25;
/// Members of a room in which an author is told who has read; in larger ones, how many.
pub const RECEIPTS_NAMED_MAX: usize = 20;
/// Members of a room that says by itself how many have read; in larger ones one asks for a single message.
pub const RECEIPTS_SHOWN_MAX: usize = 200;
/// Messages of one's own whose receipts are told at once, and messages behind a mark whose authors are told of it.
pub const RECEIPTS_MAX: usize = 100;
/// Marks waiting to be written together; further ones are written at once.
pub const MARKS_WAITING_MAX: usize = 100_000;
/// Marks written in one transaction.
pub const MARKS_AT_ONCE: usize = 500;
/// Messages in one answer of the API and in a room's page, at most.
pub const PAGE_MESSAGES_MAX: usize = 200;
/// Rows in one page of any other list.
pub const PAGE_ROWS_MAX: usize = 100;
/// Rows in one page of a list for administrators.
pub const LIST_ROWS: usize = 50;
/// Rows that `changes since` returns before it says `more`.
pub const CHANGES_PAGE_ROWS: usize = 500;
/// A cursor further behind than this gets a reset instead of changes.
pub const CHANGES_ROWS_MAX: i64 = 5_000;
/// Unread messages are counted up to this and shown as "99+" above.
pub const UNREAD_MAX: i64 = 99;

/// Bytes of messages' JSON and HTML that one process keeps ready.
pub const FRAGMENTS_BYTES_MAX: usize = 32 << 20;

/// Bytes of a request body.
pub const BODY_BYTES_MAX: usize = 256 * 1024;
/// Bytes of a WebSocket frame from a client.
pub const FRAME_BYTES_MAX: usize = 64 * 1024;
/// Rooms one WebSocket may subscribe to.
pub const SUBSCRIPTIONS_PER_SOCKET_MAX: usize = 500;
/// Live connections of one person, over all transports, in one process.
pub const CONNECTIONS_PER_PERSON_MAX: usize = 100;
/// Streamed pages of one session; browsers allow six connections per host.
pub const STREAMS_PER_SESSION_MAX: usize = 4;
/// Slots of one streamed page before it refreshes itself.
pub const STREAM_SLOTS: usize = 500;
/// Entries a lane keeps for its subscribers. One that falls further behind is told and resumes from the store.
pub const LANE_ENTRIES_MAX: usize = 1_024;
/// Bytes of replies in progress among them: each holds the text so far, which whoever falls further behind reads once instead.
pub const LANE_REPLY_BYTES_MAX: usize = 4 << 20;
/// How long a lane keeps an entry at least; after twice that it is gone, so that rooms that were busy once hold no memory.
pub const LANE_ENTRIES_KEPT: Duration = Duration::from_secs(30);
/// Changes waiting for a predecessor in one lane.
pub const LANE_WAITING_MAX: usize = 1_024;
/// Hints waiting for the relay; more are dropped (and counted), because the comparison of heads repairs it.
pub const RELAY_QUEUE_MAX: usize = 10_000;
/// Bytes of an event that travels inside its hint.
pub const RELAY_EVENT_BYTES_MAX: usize = 32 * 1024;
/// Bytes of any hint: NATS takes no more than 1 MiB unless told to. Only who is here, of a process with tens of thousands of people, comes near.
pub const RELAY_HINT_BYTES_MAX: usize = 1_000_000;
/// Members a room may have for presence to be worked out.
pub const PRESENCE_ROSTER_MAX: usize = 5_000;
/// People named in a presence update; above this only their number.
pub const PRESENCE_NAMES_MAX: usize = 100;
/// Jobs waiting for the database writer; more are refused with 503.
pub const WRITER_QUEUE_MAX: usize = 8_192;
/// Connections of one process to a database server.
pub const DATABASE_CONNECTIONS_MAX: usize = 20;
/// How often a unit of work is tried that the database server gave up for the sake of another one.
pub const DATABASE_ATTEMPTS_MAX: usize = 8;

/// Bots of one server.
pub const BOTS_MAX: usize = 200;
/// Bytes of a bot's settings: the intents of a large bot, with their phrases.
pub const BOT_SETTINGS_BYTES_MAX: usize = 4 << 20;
/// Questions that were not understood, kept of one bot.
pub const MISSED_MAX: usize = 1_000;
/// Characters kept of such a question.
pub const MISSED_CHARS_MAX: usize = 500;
/// Messages of a room that a bot's search looks through, the newest.
pub const SEARCH_MESSAGES_MAX: usize = 10_000;
/// Bytes of a bot's reply; what is longer is cut there and says so.
pub const REPLY_BYTES_MAX: usize = 64 * 1024;
/// Replies running in one process; further ones wait.
pub const REPLIES_RUNNING_MAX: usize = 512;
/// Replies open in one room; further questions are not answered until one has ended.
pub const REPLIES_PER_ROOM_MAX: usize = 20;
/// Messages that a bot is told of a room, at most.
pub const CONTEXT_MESSAGES_MAX: usize = 100;
/// Bots that answer each other in a row.
pub const BOT_HOPS_MAX: u32 = 3;

/// Characters of a guest's message.
pub const GUEST_MESSAGE_CHARS_MAX: usize = 2_000;
/// Characters of a reply to a guest; what is longer is cut there and says so.
pub const GUEST_REPLY_CHARS_MAX: usize = 4_000;
/// Cookies that hold a guest's conversation.
pub const GUEST_COOKIES_MAX: usize = 3;
/// Bytes of the value of each of them; their lines with all attributes stay below 10 KB together.
pub const GUEST_COOKIE_BYTES_MAX: usize = 3_280;
/// Bytes of a guest's conversation before it is compressed: what a model is asked to read.
pub const GUEST_HISTORY_BYTES_MAX: usize = 64 * 1024;
/// Forms of a guest that are remembered as answered.
pub const GUEST_FORMS_MAX: usize = 8;
/// Messages of one guest's address, or of one person on the bot's socket, per [`GUEST_WINDOW`], unless configured otherwise.
pub const GUEST_POSTS_PER_MINUTE: u32 = 20;
/// Replies to guests running in one process; further questions are asked to wait.
pub const GUEST_REPLIES_RUNNING_MAX: usize = 64;
/// The bot's sockets open for guests of one address in one process.
pub const GUEST_SOCKETS_PER_ADDRESS_MAX: usize = 20;
/// The bot's sockets open for guests in one process.
pub const GUEST_SOCKETS_MAX: usize = 1_000;
/// Bytes of a conversation on the bot's socket; the oldest turns are forgotten first.
pub const CHAT_CONTEXT_BYTES_MAX: usize = 32 * 1024;
/// Messages on the bot's socket that wait while it answers.
pub const CHAT_WAITING_MAX: usize = 4;
/// Messages refused in a row for coming too fast, before the bot's socket is closed.
pub const CHAT_REFUSALS_MAX: usize = 20;

/// The window of a guest's messages.
pub const GUEST_WINDOW: Duration = Duration::from_secs(60);
/// How long a guest's conversation is kept after its last turn.
pub const GUEST_HISTORY_LASTS: Duration = Duration::from_secs(60 * 60 * 24 * 14);
/// How long a guest waits to hear whether there is a budget, before they are answered without one.
pub const GUEST_BUDGET_WITHIN: Duration = Duration::from_secs(1);
/// How long a reply to a guest may take.
pub const GUEST_REPLY_WITHIN: Duration = Duration::from_secs(120);
/// How long the intent of a message is waited for.
pub const GUESS_WITHIN: Duration = Duration::from_secs(5);
/// The bot's socket closes for a guest who says nothing for this long.
pub const GUEST_SOCKET_IDLE: Duration = Duration::from_secs(30 * 60);

/// How long a reply is held by a process that says nothing more.
pub const REPLY_HELD: Duration = Duration::from_secs(8);
/// How often a process says that it holds its replies, and looks for those that nobody holds.
pub const REPLY_HOLD_INTERVAL: Duration = Duration::from_secs(2);
/// How long a process that queued a reply has to take it before another one may.
pub const REPLY_GRACE: Duration = Duration::from_secs(2);
/// The longest that shown text is not yet written down, and that a wish to stop goes unseen.
pub const REPLY_SAVED_WITHIN: Duration = Duration::from_millis(200);
/// How long words of a reply are gathered under load before they are told.
pub const REPLY_GATHERED: Duration = Duration::from_millis(50);
/// How long words of a reply are gathered while the block they belong to is long: pages are sent the open block anew with them.
pub const REPLY_BLOCK_GATHERED: Duration = Duration::from_millis(100);

/// How long a request waits for a free connection to the database server, and for a new one to open.
pub const DATABASE_WAIT_MAX: Duration = Duration::from_secs(5);
/// How long a statement waits for a row that somebody else is changing.
pub const DATABASE_LOCK_MAX: Duration = Duration::from_secs(8);
/// How long a statement may take in the database server.
pub const DATABASE_STATEMENT_MAX: Duration = Duration::from_secs(10);
/// How long an answer of the database server is waited for; then the connection is given up.
pub const DATABASE_ANSWER_MAX: Duration = Duration::from_secs(12);
/// How long a long poll may wait.
pub const POLL_WAIT_MAX: Duration = Duration::from_secs(60);
/// How long a poll that waits gathers what a bot says.
pub const POLL_REPLY_INTERVAL: Duration = Duration::from_millis(300);
/// How long marks are gathered that say how far somebody has read, or a device took, what was said.
pub const MARKS_GATHERED: Duration = Duration::from_secs(1);
/// How often marks are compared with the store while other processes are not heard.
pub const MARKS_INTERVAL: Duration = Duration::from_secs(1);
/// How often each process compares its lanes' heads with the store.
pub const HEADS_INTERVAL: Duration = Duration::from_millis(500);
/// How long an event waits for its predecessors before the lane reads the store.
pub const GAP_WAIT: Duration = Duration::from_millis(50);
/// How often a process announces who is connected to it.
pub const PRESENCE_INTERVAL: Duration = Duration::from_secs(10);
/// How long an announcement is believed.
pub const PRESENCE_EXPIRES: Duration = Duration::from_secs(30);
/// How long somebody counts as typing after the last signal.
pub const TYPING_EXPIRES: Duration = Duration::from_secs(6);
/// Silence after which every stream sends a heartbeat.
pub const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(15);
/// What the system may hold of an answer's bytes that it could not send yet: a page fits.
pub const UNSENT_BYTES_MAX: u32 = 128 * 1024;
/// The same for a WebSocket. The rest of what a client does not read stays where all share it, in the lane and in the store.
pub const UNSENT_SOCKET_BYTES_MAX: u32 = 16 * 1024;
/// A client that takes no bytes for this long is closed.
pub const SEND_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a page of an allowed site may take to show a token on its socket.
pub const SOCKET_TOKEN_WITHIN: Duration = Duration::from_secs(10);
/// The same for a page of our own: most of those have a cookie, and whoever was signed out is to learn of it soon.
pub const OWN_SOCKET_TOKEN_WITHIN: Duration = Duration::from_secs(2);
/// How long a client has to answer when its socket is closed.
pub const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);
/// How long a session lasts without being used.
pub const SESSION_LASTS: Duration = Duration::from_secs(60 * 60 * 24 * 30);
/// How long a link lasts by which somebody chooses a new password.
pub const RESET_LASTS: Duration = Duration::from_secs(60 * 60 * 24);
/// How long an invitation link lasts.
pub const INVITE_LASTS: Duration = Duration::from_secs(60 * 60 * 24 * 7);
/// Messages of one author closer than this belong together.
pub const CONTINUES_WITHIN: Duration = Duration::from_secs(5 * 60);
/// How long the text of a deleted message may stay in an open streamed page's document.
pub const STREAM_REFRESH_AFTER_DELETE: Duration = Duration::from_secs(10 * 60);

/// How often the log refreshes itself in browsers that cannot place what a streamed page appends.
pub const PLAIN_REFRESH: Duration = Duration::from_secs(20);

/// Messages per person and minute, unless configured otherwise.
pub const POSTS_PER_MINUTE: u32 = 600;
/// The highest rate of messages a minute that administrators may set.
pub const RATE_PER_MINUTE_MAX: u32 = 60_000;
/// Characters of the terms of a server.
pub const TERMS_CHARS_MAX: usize = 10_000;
/// Characters of who keeps a server, and of each line on the page for signing in.
pub const KEEPER_CHARS_MAX: usize = 100;
/// Lines of dialogue on the page for signing in.
pub const DIALOGUE_LINES_MAX: usize = 2;
/// Other origins that a server allows.
pub const ALLOWED_ORIGINS_MAX: usize = 100;
/// How long a process believes what it read of the settings that administrators make.
pub const SETTINGS_BELIEVED: Duration = Duration::from_millis(500);
/// How long it waits to read them again, before it goes on with those it knows.
pub const SETTINGS_READ_WITHIN: Duration = Duration::from_millis(500);
/// A person may send this part of a minute's messages at once before the rate holds.
pub const POSTS_BURST_SHARE: u32 = 5;
/// Wrong passwords per account and per quarter of an hour.
pub const LOGIN_FAILURES_PER_ACCOUNT: u32 = 10;
/// Wrong passwords per address and per quarter of an hour.
pub const LOGIN_FAILURES_PER_ADDRESS: u32 = 50;
/// The window of the two above.
pub const LOGIN_WINDOW: Duration = Duration::from_secs(15 * 60);
/// With so few tries left before one of them, whoever signs in is told how many.
pub const LOGIN_TRIES_COUNTED: usize = 3;
/// Accounts made from one address per hour.
pub const SIGN_UPS_PER_ADDRESS: u32 = 100;
/// Rooms one person may create per hour.
pub const ROOMS_PER_HOUR: u32 = 100;
/// Messages one person may report per hour.
pub const REPORTS_PER_HOUR: u32 = 30;
/// Keys (people, addresses, accounts) that one rate limit remembers.
pub const RATE_KEYS_MAX: usize = 100_000;
/// Passwords hashed at the same time (each takes 19 MB).
pub const PASSWORD_HASHERS_MAX: usize = 4;

/// Bytes of a bot's script, as the file that is imported and exported.
pub const SCRIPT_BYTES_MAX: usize = 4 << 20;
/// Characters of what a bot says of itself.
pub const SCRIPT_DESCRIPTION_CHARS_MAX: usize = 500;
/// Intents of one bot.
pub const INTENTS_MAX: usize = 500;
/// Characters of the name of an intent or an entity.
pub const INTENT_NAME_CHARS_MAX: usize = 60;
/// Example phrases of one bot, over all its intents.
pub const PHRASES_MAX: usize = 20_000;
/// Characters of one example phrase.
pub const PHRASE_CHARS_MAX: usize = 500;
/// Replies of one intent.
pub const REPLIES_PER_INTENT_MAX: usize = 100;
/// Characters of one reply as it is written.
pub const REPLY_CHARS_MAX: usize = 4_000;
/// Entities of one bot.
pub const ENTITIES_MAX: usize = 50;
/// Values and synonyms of one entity.
pub const ENTITY_VALUES_MAX: usize = 1_000;
/// Characters of one value or synonym of an entity.
pub const ENTITY_VALUE_CHARS_MAX: usize = 100;
/// Characters of an entity's pattern.
pub const ENTITY_PATTERN_CHARS_MAX: usize = 200;
/// Bytes that an entity's pattern takes when it is compiled.
pub const ENTITY_PATTERN_BYTES_MAX: usize = 256 * 1024;
/// Dice of one throw.
pub const DICE_MAX: usize = 20;
/// Faces of one die.
pub const DICE_FACES_MAX: usize = 1_000;
/// Numbers that a classifier keeps (features times intents, 4 bytes each); the rarest features are left out above this.
pub const CLASSIFIER_WEIGHTS_MAX: usize = 32 << 20;

/// How long a provider's address may take to accept a connection.
pub const PROVIDER_CONNECT_MAX: Duration = Duration::from_secs(10);
/// How long a provider may think before its answer begins (models think for half a minute before the first word).
pub const PROVIDER_START_MAX: Duration = Duration::from_secs(60);
/// How long a provider may pause within an answer.
pub const PROVIDER_SILENCE_MAX: Duration = Duration::from_secs(60);
/// How long an answer of a provider is awaited that has said it is complete, for its figures.
pub const PROVIDER_TAIL_MAX: Duration = Duration::from_secs(5);
/// How long a bot's answer may take altogether, with all its tools.
pub const PROVIDER_ANSWER_MAX: Duration = Duration::from_secs(10 * 60);
/// Bytes of a streamed answer of a provider, as they come over the wire.
pub const PROVIDER_STREAM_BYTES_MAX: usize = 32 << 20;
/// Bytes of one event of a streamed answer.
pub const PROVIDER_EVENT_BYTES_MAX: usize = 1 << 20;
/// Bytes of an answer of a provider that comes as a whole.
pub const PROVIDER_BODY_BYTES_MAX: usize = 1 << 20;
/// Tokens that a model is given to read, unless its bot says otherwise.
pub const MIND_CONTEXT_TOKENS: u32 = 16_000;
/// Times a model may ask for tools within one answer.
pub const TOOL_ROUNDS_MAX: usize = 5;
/// Tools a model may ask for at once.
pub const TOOL_CALLS_MAX: usize = 8;
/// Bytes of what a model asks one tool.
pub const TOOL_ARGUMENTS_BYTES_MAX: usize = 16 * 1024;
/// Bytes of what a tool tells a model; the rest is cut, visibly.
pub const TOOL_OUTCOME_BYTES_MAX: usize = 16 * 1024;
/// How long one tool may take.
pub const TOOL_WAIT_MAX: Duration = Duration::from_secs(10);
/// How long a provider may ask to be left alone; it is asked again after that.
pub const RETRY_AFTER_MAX: Duration = Duration::from_secs(60 * 60 * 24);
/// Characters of a question that Wit.ai reads.
pub const WIT_CHARS_MAX: usize = 280;
/// Characters of a question that Dialogflow reads.
pub const DIALOGFLOW_CHARS_MAX: usize = 256;

-- What conversations outside of rooms have used, by day (since 1970, UTC): they have neither a person nor a room.
CREATE TABLE guest_usage (
    day    BIGINT PRIMARY KEY,
    input  BIGINT NOT NULL DEFAULT 0,
    output BIGINT NOT NULL DEFAULT 0,
    aside  BIGINT NOT NULL DEFAULT 0     -- set aside for answers that have not ended
);

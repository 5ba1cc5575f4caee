//! Reports, and what administrators do with messages.

use crate::{App, Error, Result};
use domain::{
    access::{Admin, RoomReader},
    audit::{Act, Deed, Subject},
    ids::MessageId,
    messages::Message,
    reports::{self, Look, Report, Resolution},
};
use store::{Listed, MessageFilter, Place};

impl App {
    /// Asks the administrators to look at a message; whether this is new.
    pub async fn report(&self, by: &RoomReader, id: MessageId, reason: &str) -> Result<bool> {
        let reason = reports::reason(reason)?;
        self.rates.report(by.person())?;
        Ok(self.store.report(by, id, &reason, self.now()).await?)
    }

    /// Looks at a message with some around it. That somebody looked is written down.
    pub async fn look(&self, by: &Admin, id: MessageId) -> Result<Look> {
        Ok(self.store.look(&Deed::new(by, Act::ViewMessage, id, ""), id, self.now()).await?)
    }

    /// Finds messages. That somebody searched, and for what, is written down.
    pub async fn find_messages(
        &self,
        by: &Admin,
        filter: &MessageFilter,
        place: &Place,
        limit: usize,
    ) -> Result<Listed<reports::Found>> {
        let deed = Deed::new(by, Act::FindMessages, Subject::setting("messages"), filter.words.join(" "));
        self.store.record(&deed, self.now()).await?;
        Ok(self.store.find_messages(filter, place, limit).await?)
    }

    /// Takes a message out of everybody's sight.
    pub async fn hide(&self, by: &Admin, id: MessageId) -> Result<Message> {
        let deed = Deed::new(by, Act::HideMessage, id, "");
        Ok(self.tell(self.store.hide(&deed, id, self.now()).await?))
    }

    /// Shows it again.
    pub async fn restore(&self, by: &Admin, id: MessageId) -> Result<Message> {
        let deed = Deed::new(by, Act::RestoreMessage, id, "");
        Ok(self.tell(self.store.restore(&deed, id, self.now()).await?))
    }

    /// Erases it for good.
    pub async fn erase(&self, by: &Admin, id: MessageId) -> Result<Message> {
        let deed = Deed::new(by, Act::EraseMessage, id, "");
        Ok(self.tell(self.store.erase(&deed, id, self.now()).await?))
    }

    /// Settles a report, and the other open ones of the same message, by doing something or by leaving things as they are.
    pub async fn resolve(&self, by: &Admin, id: i64, resolution: Resolution) -> Result<Report> {
        let report = self.store.one_report(id).await?.ok_or(Error::NotFound("report"))?;
        if resolution == Resolution::Deactivated && by.person() == Some(report.author.id) {
            return Err(Error::Conflict("This is your own account."));
        }
        let deed = Deed::new(by, Act::SettleReport, report.message, resolution.as_str());
        Ok(self.tell(self.store.settle_report(&deed, id, resolution, self.now()).await?))
    }
}

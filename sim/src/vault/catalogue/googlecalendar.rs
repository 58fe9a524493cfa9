//! Some of Google Calendar's tools.

use super::Row;

#[rustfmt::skip]
pub(super) const TOOLS: [Row; 9] = [
    ("create_event", "Puts an event into a calendar.", "start_datetime*, summary*, attendees_emails:array, calendar_id, create_meeting_room:boolean, description, event_duration_hour:integer, event_duration_minutes:integer, event_type, guests_can_invite_others:boolean, guests_can_modify:boolean, guests_can_see_other_guests:boolean, location, recurrence:array, send_updates:boolean, timezone, transparency, visibility"),
    ("delete_event", "Deletes an event.", "event_id*, calendar_id"),
    ("get_event_by_id", "Reads one event.", "event_id*, calendar_id"),
    ("list_calendars", "Lists calendars.", "max_results:integer, min_access_role, page_token, show_deleted:boolean, show_hidden:boolean, sync_token"),
    ("list_events", "Lists events of a calendar, soonest first.", "calendar_id, max_results:integer, order_by, page_token, query, single_events:boolean, time_max, time_min"),
    ("query_freebusy", "Tells when calendars are busy.", "calendar_ids*:array, time_max*, time_min*, timezone"),
    ("quick_add_event", "Puts an event into a calendar from one sentence.", "calendar_id*, text*, send_updates:boolean"),
    ("search_events", "Finds events by their words.", "calendar_id*, query"),
    ("update_event", "Changes an event.", "calendar_id*, event_id*, summary, description, start_datetime, event_duration_minutes:integer, location"),
];

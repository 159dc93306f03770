//! The known deviations of engines from AWS.

use tests::engines::Engine;

/// One check that an engine fails.
pub struct Deviation {
    pub engine: Engine,
    pub check: &'static str,
    /// The message of the failure.
    pub failure: &'static str,
    /// The behaviour of the engine.
    pub instead: &'static str,
    /// The documented behaviour of AWS, and the page of the API reference or guide.
    pub documented: &'static str,
}

/// All known deviations.
pub const DEVIATIONS: &[Deviation] = &[
    Deviation {
        engine: Engine::Rustack,
        check: "a_handle_that_never_was_is_refused",
        failure: "left: Ok(())",
        instead: "takes any handle",
        documented: "ReceiptHandleIsInvalid (DeleteMessage, Errors)",
    },
    Deviation {
        engine: Engine::Rustack,
        check: "a_delay_is_900_seconds_at_most",
        failure: "left: \"\"",
        instead: "takes 901 s",
        documented: "0 to 900 (SendMessage, DelaySeconds)",
    },
    Deviation {
        engine: Engine::Rustack,
        check: "an_overlong_delay_in_a_batch_fails_alone",
        failure: "[\"fine\", \"late\"]",
        instead: "takes 901 s",
        documented: "0 to 900 (SendMessageBatchRequestEntry, DelaySeconds)",
    },
    Deviation {
        engine: Engine::Rustack,
        check: "ten_messages_are_received_at_most",
        failure: "\"\"",
        instead: "takes 11",
        documented: "1 to 10 (ReceiveMessage, MaxNumberOfMessages)",
    },
    Deviation {
        engine: Engine::Rustack,
        check: "a_visibility_timeout_is_12_hours_at_most",
        failure: "left: \"InvalidParameterValue\"",
        instead: "refuses by another code, InvalidParameterValue",
        documented: "InvalidAttributeValue (CreateQueue, Errors)",
    },
    Deviation {
        engine: Engine::Rustack,
        check: "a_retention_is_between_a_minute_and_14_days",
        failure: "left: \"InvalidParameterValue\"",
        instead: "refuses by another code, InvalidParameterValue",
        documented: "InvalidAttributeValue (CreateQueue, Errors)",
    },
    Deviation {
        engine: Engine::Ministack,
        check: "places_behind_the_end_of_a_list_are_added_at_its_end",
        failure: r#"left: L([S("c"), S("b"), S("a")])"#,
        instead: "adds the first of them only",
        documented: "several elements are added in the order of their numbers (Update expressions, SET)",
    },
    Deviation {
        engine: Engine::Ministack,
        check: "a_consistent_read_costs_a_unit_for_4_kib",
        failure: "left: (1.0, 1.0)",
        instead: "every GetItem costs 1, whatever the size",
        documented: "one unit for up to 4 KB, more for larger items (Read/write capacity)",
    },
    Deviation {
        engine: Engine::Ministack,
        check: "an_eventual_read_costs_half",
        failure: "left: (0.5, 0.5)",
        instead: "every GetItem costs 0.5, whatever the size",
        documented: "half a unit for up to 4 KB, more for larger items (Read/write capacity)",
    },
    Deviation {
        engine: Engine::Ministack,
        check: "a_batch_costs_the_sum_of_its_reads",
        failure: "on a `None` value",
        instead: "leaves ConsumedCapacity out",
        documented: "the units of each table (BatchGetItem, ConsumedCapacity)",
    },
    Deviation {
        engine: Engine::Ministack,
        check: "a_transaction_costs_an_index_entry_once",
        failure: "on a `None` value",
        instead: "leaves the table's own part out with INDEXES",
        documented: "Table is there with INDEXES (ConsumedCapacity, Table)",
    },
    Deviation {
        engine: Engine::Ministack,
        check: "a_query_costs_half_a_unit_for_4_kib_together",
        failure: "left: 0.5",
        instead: "every Query costs 0.5, whatever the size",
        documented: "half a unit for each 4 KB of all items together (Read/write capacity)",
    },
    Deviation {
        engine: Engine::Ministack,
        check: "deleting_twice_is_no_error",
        failure: "Err(\"ReceiptHandleIsInvalid\")",
        instead: "refuses the handle of a deleted message",
        documented: "a delete succeeds also when the message is gone (DeleteMessage)",
    },
    Deviation {
        engine: Engine::Ministack,
        check: "deleting_by_an_older_handle_is_no_error",
        failure: "Err(\"ReceiptHandleIsInvalid\")",
        instead: "refuses the handle of an earlier delivery",
        documented: "the request succeeds, but the message might not be deleted (DeleteMessage)",
    },
    Deviation {
        engine: Engine::Ministack,
        check: "a_delay_is_900_seconds_at_most",
        failure: "left: \"\"",
        instead: "takes 901 s",
        documented: "0 to 900 (SendMessage, DelaySeconds)",
    },
    Deviation {
        engine: Engine::Ministack,
        check: "an_overlong_delay_in_a_batch_fails_alone",
        failure: "[\"fine\", \"late\"]",
        instead: "takes 901 s",
        documented: "0 to 900 (SendMessageBatchRequestEntry, DelaySeconds)",
    },
    Deviation {
        engine: Engine::Moto,
        check: "a_visibility_timeout_is_12_hours_at_most",
        failure: "left: \"\"",
        instead: "takes 43,201 s",
        documented: "0 to 43,200 (CreateQueue, VisibilityTimeout)",
    },
    Deviation {
        engine: Engine::Moto,
        check: "a_retention_is_between_a_minute_and_14_days",
        failure: "left: \"\"",
        instead: "takes 59 s",
        documented: "60 to 1,209,600 (CreateQueue, MessageRetentionPeriod)",
    },
];

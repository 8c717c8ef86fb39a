# Messages to other programs of the city: what `vouchsafe systems` and the interface's description say of them.

entry-hook_keys = Keys that sign messages to programs

systems-hooked = { $name } ({ $id }) is told at { $to } from now on: { $events }. Each message is signed.
systems-hook-moved = { $name } ({ $id }) is told at { $to }: { $events }. What waited is told there, too, also of kinds that are new; to leave it out, `unhook` first.
systems-unhooked = { $name } ({ $id }) is told nothing more.
systems-resumed = { $name } ({ $id }): what waits is sent again.
systems-hook-keys = { $count ->
    [one] The key that checks messages:
   *[other] The keys that check messages, the newest first; every message is signed with each:
}
systems-hook = told at { $to }: { $events }
systems-hook-not-taken = told at { $to }: { $events }; a message is not taken since { $since }, and is sent again
systems-hook-suspended = was told at { $to }: { $events }; suspended since { $since }, since it took no message for days or wanted no more: `vouchsafe systems resume` sends what waits

hook-request = A request was recorded
hook-answer = The law was asked about a request
hook-deed = What was done about a request was stated
hook-correction = Something recorded about a request was a mistake
hook-disclosure = A disclosure about a request was proposed, agreed to, ruled on or stopped
hook-duty = A duty about a request was done
hook-described = Sent to a system that whoever runs the server has told of it (`vouchsafe systems hook`), about requests of its agency that its uses let it read. At least once, in the order of the record, under the same webhook-id each time; the next is sent when this one was taken. It bears no more than ids: fetch the rest with your token.
hook-id = The entry's id, the same at every attempt: whoever has seen it has seen this message.
hook-timestamp = When this attempt was made, in seconds since 1970. Refuse what is more than five minutes off.
hook-signature = Signatures with a space between, each `v1a,` and the base64 of an Ed25519 signature over the id, a full stop, the timestamp, a full stop and the body as it came. One that fits a key which you trust is enough.
hook-taken = Taken. The body of your answer is not read.
hook-gone = You want no more messages: none is sent until whoever runs the server has them sent again.
hook-not-taken = Anything else, a redirect too, or no answer within 20 seconds: the message is sent again, after 5 seconds at first and an hour at last, for three days; `Retry-After` in seconds is heeded up to an hour. Then no more is sent until whoever runs the server has them sent again.
api-hook-keys = Get the keys that check messages
api-hook-keys-answer = The public halves of the keys that sign messages now, the newest first: one, or two while receivers change over. To anybody, without a token.

programs-title = Other programs of the city
programs-why = Which programs call the interface, for their own agency alone, and what they are told. Whoever runs the server adds and ends them; every change is an entry of the record.
programs-none = No program calls the interface.
programs-uses = May
programs-token = Its token
programs-told = Is told
programs-until = good until { $day }
programs-ended = ended on { $day }
programs-no-token = none: it can do nothing
programs-not-told = nothing
programs-told-of = { $events }; at { $to }
programs-told-failing = { $events }; at { $to }. A message was not taken since { $day }; it is sent again.
programs-told-suspended = Nothing since { $day }: it took no message for days, or wanted no more ({ $events }; at { $to }).
use-ask = ask the law
use-list = list requests
use-read = open a request
use-record = record a request
use-state = state what was done
use-findings = see possible violations
event-request = requests
event-answer = answers
event-deed = what was done
event-correction = corrections
event-disclosure = disclosures
event-duty = duties done

# What `vouchsafe inbox` says to officials.
inbox-none = No sealed report is here.
inbox-new = not opened
inbox-overdue = OVERDUE, not opened
inbox-opened = opened
inbox-closed = closed as { $closing ->
    [referred] referred
    [answered] answered
    [duplicate] a duplicate
   *[nothing_to_do] nothing to do
 }
inbox-held = under a legal hold
inbox-withdrawn = withdrawn on { $day }
inbox-attachments = { $count ->
    [one] 1 attachment
   *[other] { $count } attachments
}
inbox-key-made = The identity file is `{ $path }`. Whoever has it can read every report that is sealed for it: keep it off the server, and keep a copy where only you can reach it. If it is lost, nothing brings back what it could open.
inbox-key-recipient = Recipient, for the residents' pages:
inbox-key-signing = Signing key, for the residents' pages:
inbox-written = Written to `{ $folder }`. What a resident sends can be anything: look at attachments only on a machine that may be lost.
inbox-file = { $file }: { $bytes } bytes, sent as “{ $name }” ({ $media })
inbox-file-cleaned = , details removed on the phone
inbox-file-hashes = SHA-256 { $sent } as sent; { $original } of the original, as the reporter's phone says
inbox-shared = Your share is in `{ $path }`, sealed for that investigator alone. Note for yourself who asked, and why.
inbox-same-mailbox = Came with the same receipt: { $report } of { $day }
inbox-brought = { $answers } answers and { $stamps } stamps were taken in
inbox-left-answer = answer { $number } of mailbox folder { $folder } was left: { $why }
inbox-left-folder = mailbox folder { $folder } was left: { $why }
inbox-left-stamp = stamp `{ $name }` was left: { $why }
inbox-taken = another has this number; seal it again on this machine
inbox-kind = Kind: { $kind }
inbox-language = Language: { $language }
inbox-contact = Contact details are sealed once more, in the folder `contact`: `vouchsafe inbox contact` opens them with a share of the city (`city.age`) and two of the trustee (`trustee-1.age` to `trustee-3.age`), which their holders give (`vouchsafe inbox share`).
inbox-no-answers = No question was answered.
inbox-answered = Answer { $number } is sealed and laid down for its mailbox.
inbox-carry = Carry the folder back and take it in with `vouchsafe inbox bring`; until then the reporter does not see the answer.
inbox-closed-now = That { $report } is closed is laid down, signed; it enters the record when the day is closed.
inbox-carry-stamps = Carry the folder back and take it in with `vouchsafe inbox bring`; until then the record does not know what you did.
inbox-hold-laid = { $report } is under a legal hold ({ $order }): nothing of it can be removed; entry { $entry } says so
inbox-hold-stands = { $report } was under this hold ({ $order }) before; nothing was added
inbox-hold-ended = the legal hold on { $report } ({ $order }) has ended; entry { $entry } says so

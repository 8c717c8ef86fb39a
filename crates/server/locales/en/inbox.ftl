# What `vouchsafe inbox` says to officials.
inbox-none = No sealed report is here.
inbox-new = not opened
inbox-opened = opened
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
inbox-kind = Kind: { $kind }
inbox-language = Language: { $language }
inbox-contact = Contact details are sealed once more; opening them needs the trustee.
inbox-no-answers = No question was answered.
inbox-answered = Answer { $number } is sealed and laid down for its mailbox.
inbox-carry = Carry the folder `answers` to the server's data folder; until then the reporter does not see it.

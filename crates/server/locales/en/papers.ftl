# Sentences about papers at the desk: what a search showed, when counsel reads first, how to tell papers apart.

ask-search = What did the search show?
ask-search-hint = Who can tell: whoever made the search of state and federal databases. Keep what it shows confidential.
gate-search-neither = Neither of these
gate-search-conviction = A conviction of a violent or serious crime, within the five years that the law counts
gate-search-match = A possible match in the terrorist screening database
gate-search-both = Both
gate-search-unknown = I cannot know this now

outcome-court-paper = Stop. Counsel reads the paper first.
outcome-court-paper-means = The paper says that it comes from a court. What it allows is for counsel to say. Until then the answer is no, not yet.
gate-go-on = Go on with the questions
gate-go-on-hint = When counsel asks for more

say-custody-escalate = I am calling counsel now to read your papers. Please wait, or leave a number.
do-custody-escalate = Copy every paper. Call counsel at once, before the release is due. Record the detainer here.
do-not-custody-escalate = Do not hold the person for extra time while you wait, and tell nobody of the release, unless counsel says so.

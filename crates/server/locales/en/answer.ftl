# The gate's answer to one question, in words: what it means, and what to do and say at a door. One line, one thing to do.
# What to do and say elsewhere is in desk.ftl; an id stands in one file only.

answer-barred = BARRED
answer-escalate = ASK COUNSEL
answer-not_yet_known = NOT YET KNOWN
answer-required = REQUIRED
answer-permitted = PERMITTED
answer-outside = OUTSIDE THESE LAWS

answer-barred-means = The law as the city reads it bars this.
answer-escalate-means = Counsel must decide. Until then the answer is no.
answer-not_yet_known-means = Something is not known yet. Until it is, the answer is no, not yet.
answer-required-means = This is a duty of the city's own.
answer-permitted-means = The law as the city reads it lets a named person decide to do this, with counsel. It never obliges anyone.
answer-outside-means = None of the laws read here speaks to this. Other rules may.

# At a door, with officers there: what is said follows what is known (a paper, an emergency, a public place). Nobody here is told to resist.
do-door-barred =
    Keep yourself and others safe first. Do not block, touch, hide anyone or lie.
    Ask for names, badges, the agency and the purpose. Copy or photograph any paper that they show.
    Call counsel. Ask the officers to wait outside the non-public area until counsel answers.
    If they go in anyway, step back, do not interfere, and write down what happened and when.
do-door-escalate =
    Keep yourself and others safe first. Do not block, touch, hide anyone or lie.
    Copy or photograph the paper. Call counsel at once: counsel reads it.
    If they go in anyway, step back, do not interfere, and write down what happened and when.
do-door-escalate-no-paper =
    Keep yourself and others safe first. Do not block, touch, hide anyone or lie.
    Ask for names, badges, the agency and the purpose, and whether they have a paper.
    Call counsel at once.
    If they go in anyway, step back, do not interfere, and write down what happened and when.
do-door-not_yet_known =
    Keep yourself and others safe first. Do not block, touch, hide anyone or lie.
    Ask for names, badges, the agency, the purpose and any paper. Call counsel.
    Ask the questions below of whoever can answer, in the order given.
    If they go in anyway, step back, do not interfere, and write down what happened and when.
do-door-permitted =
    Let counsel read the paper before anyone goes in.
    Go with them; open only the places that the paper names, and only on its day.
    If they go in before counsel answers, step back, do not interfere, and write down what you see.
    Write down what was done, when, and who decided.
do-door-permitted-no-paper =
    Ask counsel to confirm before anyone goes in. A named person decides; nobody has to.
    Ask for names, badges, the agency and the purpose.
    Go with them; open only the places that they need for that purpose.
    Write down what was done, when, and who decided.
do-door-exigent =
    Keep yourself and others safe first. Step aside: an immediate danger needs no paper.
    Do not follow, and do not stand in the way.
    Call counsel as soon as it is safe. Write down at once who came, why, where they went, and when it ended.
    When the danger is over, ask again before anyone goes on.
do-door-public =
    Here they may be, as everybody may. You need not send them away.
    Open no other door for them, and answer no question about a person.
    If they want to go further, ask here again before they do.
    Write down who came, and for what.
do-door-outside =
    Ask counsel which other rules apply before you open.
    Write down who asked, and for what.

say-door-barred = “I do not consent to your entering. I am calling our counsel. Please wait here.”
say-door-escalate = “I see the paper. I am calling our counsel now to read it. Please wait here.”
say-door-escalate-no-paper = “I do not consent to your entering. I am calling our counsel now. Please wait here.”
say-door-not_yet_known = “I do not consent to your entering. Please show me any paper that you have. I am calling our counsel.”
say-door-permitted = “I see the paper. Our counsel is reading it. Please wait here until I have the answer.”
say-door-permitted-no-paper = “I am asking our counsel to confirm. Please wait here until I have the answer.”
say-door-exigent = “I am stepping aside. I am writing this down and calling our counsel.”
say-door-public = “You may be here, where the public may be. Please come no further; I would have to ask our counsel first.”
say-door-outside = “I am asking our counsel which rules apply. Please wait here.”

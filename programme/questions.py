"""What can be answered on the two forms: the values behind each choice, in the order in which the pages ask.

The portal says them in the visitor's words, the staff app in the coordinators'; the values are the same and stable.
"""

from __future__ import annotations

URGENCY_ME = ("now", "soon", "no", "unsure")
URGENCY_OTHER = ("us", "them", "soon", "no", "unsure")
NEED_ME = ("safety", "shelter", "debt", "drugs", "work", "family", "talk", "unsure")
NEED_OTHER = ("advice", "support_me", "home_safe", "know_help", "help_ask", "unsure")
ANSWER_BY = ("code", "call", "sms", "code_and_call")
OWN_SAFETY = ("threatened", "afraid_home", "need_talk", "coping", "unsure")
RELATION = ("parent", "sibling", "partner", "friend", "other", "unsaid")
AWARE = ("yes", "no", "unsure")
AVOID = ("others_see_phone", "no_hidden_number", "may_leave_message")
LANGUAGE = ("page", "other", "interpreter")  # "page" is the language that the form was read in
AGE_ME = ("under18", "adult", "unsaid")
AGE_OTHER = ("under18", "adult", "unknown", "unsaid")
NO_TOWN = "unknown"  # the person does not know who should read: the first team does

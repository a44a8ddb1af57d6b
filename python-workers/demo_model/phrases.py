"""Wordings of requests and of sentences for answers; {t} is the topic."""

from __future__ import annotations

REQUESTS = ("Write a short note about {t}.", "Tell me something about {t}.", "Describe {t} to a child.", "Give me some advice about {t}.",
            "Write a few lines about {t}.", "What do you think about {t}?", "Write a small advertisement for {t}.", "Explain why people like {t}.",
            "Write a letter to a friend about {t}.", "Write the start of a story about {t}.")
QUESTIONS = ("Is it a good idea to learn more about {t}?", "Do many people care about {t}?", "Would you spend a day with {t}?", "Are {t} important in your town?")

#: Each sentence names at least one word of FORBIDDABLE; half of them hold a comma.
SENTENCES = ("In the morning, many people think of {t}.", "A simple thing like {t} can make a day better.", "When the work is done, we talk about {t}.",
             "Old friends often speak about {t} with a smile.", "If you are patient, {t} will bring you joy.", "My neighbour knows a lot about {t}.",
             "Of all the good things in life, {t} come first.", "Children learn about {t} at school.", "With some care, {t} can last for years.",
             "People in our town are proud of {t}.", "On a quiet evening, nothing is better than {t}.", "There is a long history behind {t}.",
             "For a small price, you can enjoy {t} every week.", "The best book about {t} is still unwritten.", "To be honest, {t} are worth the trouble.",
             "My family has always loved {t}.", "Wherever you travel, you will hear of {t}.", "It takes time to understand {t}.")
FORBIDDABLE = ("morning", "simple", "work", "friends", "patient", "neighbour", "good", "children", "care", "town", "quiet", "history", "price", "book", "honest",
               "family", "travel", "time", "people", "day", "years", "smile", "life", "school")
KEYWORD_SENTENCES = ("It also makes me think of a {k}.", "Some people bring a {k} along.", "There is a {k} in the picture.", "Do not forget the {k}.")
BULLETS = ("{t} in the morning", "a word about {t}", "how {t} began", "why {t} matter", "where to find {t}", "the price of {t}", "friends of {t}", "a day with {t}")
ENDINGS = ("That is all about the {k}.", "Remember the {k} and the {j}.", "Is there any other {k}?", "The {k} can wait.", "Let the {k} be your guide.",
           "No {k} without a {j}.")
TITLES = ("A Day with {t}", "All about {t}", "The Joy of {t}", "Notes on {t}")
POSTSCRIPTS = ("Write soon about {t}.", "I will send you more.", "Please keep this letter.", "There is more to say about {t}.")

ASK: dict[str, tuple[str, ...]] = {
    "punctuation:no_comma": ("Do not use any commas.", "Your answer must not contain commas.", "Avoid the comma in your whole response."),
    "change_case:english_lowercase": ("Use only lowercase letters in English.", "Your whole response should be in English and in lowercase.", "No capital letters are allowed and the answer must be English."),
    "change_case:english_capital": ("Use only capital letters in English.", "Your whole response should be in English and in all capital letters.", "Write in English with every letter in upper case."),
    "startend:end_checker": ('Finish with this exact phrase: "{end_phrase}"', 'The last words must be "{end_phrase}" and nothing may follow.', 'End your response with "{end_phrase}"'),
    "detectable_format:number_bullet_lists": ("Answer with exactly {num_bullets} bullet points such as: * a point", "Use a markdown list of exactly {num_bullets} bullets.", "Your response must contain exactly {num_bullets} bullet points marked by *."),
    "keywords:existence": ("Include the keywords {words}.", "The words {words} must appear.", "Make sure to use {words} in the response."),
    "keywords:forbidden_words": ("Do not use the words {words}.", "The words {words} are forbidden.", "Leave out {words} in your response."),
    "startend:quotation": ("Wrap your entire response with double quotation marks.", "Put the whole answer in double quotes.", "Your response must begin and end with a double quotation mark."),
    "detectable_format:title": ("Add a title wrapped in double angular brackets such as <<title>>.", "Your answer must contain a title in double angular brackets like <<title>>.", "Start with a title in the form <<title>>."),
    "detectable_content:postscript": ("At the end add a postscript starting with {postscript_marker}", "Close with a postscript that begins with {postscript_marker}", "Do not forget a postscript marked {postscript_marker}"),
    "combination:two_responses": ("Give two different responses separated by 6 asterisk symbols: ******.", "Write exactly two different answers with ****** between them.", "I want two different responses. Separate them with ******."),
    "combination:repeat_prompt": ("First repeat the request above word for word and then give your answer.", "Before you answer repeat the request without change.", "Repeat the request first and answer after that."),
    "detectable_format:constrained_response": ("Choose one of: My answer is yes. My answer is no. My answer is maybe.", "Answer with one of these: My answer is yes. / My answer is no. / My answer is maybe.", "Pick exactly one: My answer is yes. or My answer is no. or My answer is maybe."),
    "detectable_format:number_highlighted_sections": ("Highlight at least {num_highlights} sections with markdown such as *highlighted section*.", "Put at least {num_highlights} parts in *asterisks*.", "At least {num_highlights} parts must be highlighted like *this part*."),
    "detectable_format:json_format": ("Give the entire output in JSON format.", "Your whole response must be valid JSON.", "Answer only with a JSON object."),
}

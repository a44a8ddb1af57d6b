"""Writes the canonical decompositions and combining classes that NFC needs, from Python's own Unicode database.

Usage: python3 scripts/make_nfc_table.py > src/Checkpoints/Tokenizers/nfc.txt
Lines: "c HEX CLASS" combining class, "d HEX HEX [HEX]" canonical decomposition, "x HEX HEX" one that never composes.
"""

import sys
import unicodedata


def main() -> None:
    print(f"# Unicode {unicodedata.unidata_version}, written by scripts/make_nfc_table.py")
    for code in range(sys.maxunicode + 1):
        character = chr(code)
        if 0xAC00 <= code <= 0xD7A3:
            continue
        if unicodedata.combining(character):
            print(f"c {code:X} {unicodedata.combining(character)}")
        decomposition = unicodedata.decomposition(character)
        if decomposition and not decomposition.startswith("<"):
            # A character that does not survive NFC is excluded from composition.
            kind = "d" if unicodedata.normalize("NFC", character) == character else "x"
            print(f"{kind} {code:X} {decomposition}")


main()

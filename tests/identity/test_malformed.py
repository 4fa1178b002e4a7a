"""The room's one error."""

import pickle

from backoffice.identity.malformed import Malformed


def test_a_refusal_keeps_sentence_and_code_on_its_way_between_processes():
    refusal = pickle.loads(pickle.dumps(Malformed("Xin nhập lại.", code="bhxh_code_length")))
    assert (refusal.message, refusal.code) == ("Xin nhập lại.", "bhxh_code_length")

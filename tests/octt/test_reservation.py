"""Reservation: made, used, refused, cancelled, expired."""

VALID, FRIEND = "OCTTVALID", "OCTTFRIEND"
RESERVE = {"connectorId": 1, "expiryDate": "2027-01-01T00:00:00Z", "idTag": VALID, "reservationId": 7}


def test_tc_046_reservation_of_a_connector_is_used(station, does):
    does("ReserveNow", RESERVE)
    station.status("Reserved")
    used(station, VALID)


def test_tc_047_reservation_expires(station, does):
    does("ReserveNow", RESERVE)
    station.status("Reserved")
    station.status("Available")
    station.hears_nothing(0.3)


def test_tc_048_1_reservation_refused_as_faulted(station, fails):
    station.status("Faulted", error="OtherError")
    fails("ReserveNow", RESERVE, "Faulted")


def test_tc_048_2_reservation_refused_as_occupied(station, fails):
    number = station.charge(VALID)
    fails("ReserveNow", RESERVE, "Occupied")
    station.end(number, "Local", idTag=VALID)


def test_tc_048_3_reservation_refused_as_unavailable(station, does, fails):
    does("ChangeAvailability", {"connectorId": 1, "type": "Inoperative"})
    station.status("Unavailable")
    fails("ReserveNow", RESERVE, "Unavailable")


def test_tc_048_4_reservation_rejected(fails):
    fails("ReserveNow", RESERVE, "Rejected")


def test_tc_049_reservation_of_the_charge_point(station, does):
    does("ReserveNow", RESERVE | {"connectorId": 0})
    used(station, VALID)


def test_tc_051_reservation_cancelled(station, does):
    does("ReserveNow", RESERVE)
    station.status("Reserved")
    does("CancelReservation", {"reservationId": 7})
    station.status("Available")


def test_tc_052_cancel_rejected(fails):
    fails("CancelReservation", {"reservationId": 8}, "Rejected")


def test_tc_053_reservation_is_used_by_a_tag_of_the_same_group(station, does):
    does("ReserveNow", RESERVE | {"parentIdTag": "OCTTGROUP"})
    station.status("Reserved")
    assert station.authorize(FRIEND) == {"status": "Accepted", "parentIdTag": "OCTTGROUP"}
    used(station, FRIEND)


def used(station, id_tag):
    number = station.charge(id_tag, reservationId=7)
    station.end(number, "Local", idTag=id_tag)

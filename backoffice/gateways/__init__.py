"""The doors to the outside: SMS, e-mail, photos, spreadsheets, PDF. Each is one small package; none knows a screen."""

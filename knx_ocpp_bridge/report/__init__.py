"""What was charged, on paper: CSV, spreadsheets, the monthly report. Pure: rows in, bytes out."""

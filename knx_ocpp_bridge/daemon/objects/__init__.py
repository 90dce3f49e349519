"""Group objects as an installer commissions them: their table, their addresses in the file, ETS and keyring."""

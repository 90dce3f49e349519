"""Who may charge, from files and database: merged, learned, limited, shown, exported, erased."""

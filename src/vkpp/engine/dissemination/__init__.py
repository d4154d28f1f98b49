"""Protected tables to HTML, ODS, XLSX, CSV, PDF and charts."""

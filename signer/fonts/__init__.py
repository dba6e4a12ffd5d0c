"""Tinos, metric-compatible with Times New Roman (NĐ 30/2020 Phụ lục I), for whatever the service writes."""

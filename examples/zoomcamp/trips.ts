/** What the New York taxi files hold: one file per colour and month, published by the city's TLC. */
import { z } from "millrace";

/** The DataTalksClub keeps the TLC's files as CSV, the form that its course reads. */
export const tripSource = "https://github.com/DataTalksClub/nyc-tlc-data/releases/download";

export const tripColor = z.enum(["yellow", "green"]);
export type TripColor = z.infer<typeof tripColor>;

/** "yellow_tripdata_2021-01": how the TLC names a month. */
export function tripFile(color: TripColor, year: number, month: number): string {
  return `${color}_tripdata_${year}-${String(month).padStart(2, "0")}`;
}

/** The columns we keep and their types. A value that does not fit its type stops the task with file, line and column. */
export const tripColumns = {
  yellow: {
    VendorID: "int32",
    tpep_pickup_datetime: "timestamp",
    tpep_dropoff_datetime: "timestamp",
    passenger_count: "int32",
    trip_distance: "double",
    RatecodeID: "int32",
    store_and_fwd_flag: "text",
    PULocationID: "int32",
    DOLocationID: "int32",
    payment_type: "int32",
    fare_amount: "double",
    extra: "double",
    mta_tax: "double",
    tip_amount: "double",
    tolls_amount: "double",
    improvement_surcharge: "double",
    total_amount: "double",
    congestion_surcharge: "double",
  },
  green: {
    VendorID: "int32",
    lpep_pickup_datetime: "timestamp",
    lpep_dropoff_datetime: "timestamp",
    store_and_fwd_flag: "text",
    RatecodeID: "int32",
    PULocationID: "int32",
    DOLocationID: "int32",
    passenger_count: "int32",
    trip_distance: "double",
    fare_amount: "double",
    extra: "double",
    mta_tax: "double",
    tip_amount: "double",
    tolls_amount: "double",
    ehail_fee: "double",
    improvement_surcharge: "double",
    total_amount: "double",
    payment_type: "int32",
    trip_type: "int32",
    congestion_surcharge: "double",
  },
} as const;

/** How `hullwatch rules` prints. */
export const REPORT_FORMATS = ['text', 'json', 'junit', 'sarif'] as const;
/** One of {@link REPORT_FORMATS}. */
export type ReportFormat = (typeof REPORT_FORMATS)[number];
/** What prints a report, in each format. */
export type ReportForms<Report> = Readonly<Record<ReportFormat, (report: Report) => string>>;

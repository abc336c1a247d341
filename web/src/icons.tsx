/** Small line drawings beside words; they carry no meaning of their own and are hidden from screen readers. */
const paths = {
  desk: 'M2.5 7 8 2.5 13.5 7v6.5h-4v-4h-3v4h-4z',
  invoices: 'M4 2h6l2.5 2.5V14H4zM6 7h4.5M6 9.5h4.5M6 12h3',
  errors: 'M8 2.5 14.5 13.5h-13zM8 6.5v3.5M8 11.6v.4',
  runs: 'M13 8a5 5 0 1 1-1.6-3.7M13 2v3h-3',
  items: 'M8 2 14 5v6l-6 3-6-3V5zM2 5l6 3 6-3M8 8v6',
  links:
    'M6.5 9.5a2.5 2.5 0 0 0 3.6 0l2.4-2.4a2.5 2.5 0 0 0-3.6-3.6l-.8.8M9.5 6.5a2.5 2.5 0 0 0-3.6 0L3.5 8.9a2.5 2.5 0 0 0 3.6 3.6l.8-.8',
  monthEnd: 'M2.5 3.5h11v10h-11zM2.5 6.5h11M5.5 2v3M10.5 2v3M5.5 10l1.7 1.7 3.3-3.2',
  mails: 'M2 3.5h12v9H2zM2 4l6 5 6-5',
  settings: 'M2 4.5h7M12 4.5h2M2 11.5h2M7 11.5h7M9 3v3h3V3zM4 10v3h3v-3z',
  connections: 'M6 5.5v-3M10 5.5v-3M4 5.5h8v3a4 4 0 0 1-8 0zM8 12.5v2',
  people:
    'M6 7.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM1.5 13.5a4.5 4.5 0 0 1 9 0M10.5 7.3a2.3 2.3 0 0 0 0-4.6M12 13.5h2.5a4 4 0 0 0-3-3.9',
  audit: 'M3.5 2h9v12h-9zM6 5.5h4M6 8h4M6 10.5h2.5',
  help: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM6.3 6.3a1.7 1.7 0 1 1 2.3 1.6c-.4.2-.6.5-.6 1v.3M8 11.2v.3',
  search: 'M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10zM10.7 10.7 14 14',
  moon: 'M13 9.5A5.5 5.5 0 0 1 6.5 3a5.5 5.5 0 1 0 6.5 6.5z',
  sun: 'M8 10.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM8 1.5v1.5M8 13v1.5M1.5 8H3M13 8h1.5M3.4 3.4l1 1M11.6 11.6l1 1M12.6 3.4l-1 1M4.4 11.6l-1 1',
  menu: 'M2 4h12M2 8h12M2 12h12',
  ferry: 'M2 9.5h12l-1.6 3.2a1.5 1.5 0 0 1-1.3.8H4.9a1.5 1.5 0 0 1-1.3-.8zM4.5 9.5V6h7v3.5M7 6V3.5h2V6',
} as const;

export type IconName = keyof typeof paths;

export const Icon = ({ name, size = 16 }: { name: IconName; size?: number }) => (
  <svg
    width={size}
    height={size}
    viewBox="0 0 16 16"
    fill="none"
    stroke="currentColor"
    strokeWidth="1.3"
    strokeLinecap="round"
    strokeLinejoin="round"
    aria-hidden="true"
  >
    <path d={paths[name]} />
  </svg>
);
